/** Beginnings that leave the subject of a sentence to be guessed. */
const RIDDLE = new RegExp(`^(?:${[
  'Who', 'Whoever', 'Whom', 'Whose', 'What', 'Whatever', 'Where', 'Wherever', 'Which', 'How',
  'Ones? that', 'Those (?:that|who|of)', 'That (?:of|which)', 'Of (?:each|what|whom|which|those)', 'The ones?'
].join('|')})\\b(?!\\?)`)

/** Comments that tools read. */
const DIRECTIVE = /^\s*(?:eslint|@ts-|c8 |node:coverage|global )/

/** A line that begins a paragraph or an item of a list. */
const PARAGRAPH = /^(?:[-*] |@\w+|\d+\. |$)/

/** Refuses comments whose sentences hide their subject, or whose first sentence is long. */
export const plainComments = {
  meta: {
    type: 'suggestion',
    schema: [{
      type: 'object',
      properties: { firstSentenceWords: { type: 'integer', minimum: 1 } },
      additionalProperties: false
    }],
    messages: {
      riddle: 'A sentence names its subject. It does not begin with "{{beginning}}": "{{sentence}}"',
      long: 'The first sentence of a doc comment has at most {{most}} words. This one has {{words}}: "{{sentence}}"'
    }
  },
  create ({ options: [{ firstSentenceWords: most = Infinity } = {}], report, sourceCode }) {
    return {
      Program () {
        for (const { comments, text, isDoc } of blocksOf(sourceCode)) {
          const sentences = sentencesOf(text)
          for (const sentence of sentences) {
            const beginning = RIDDLE.exec(sentence)?.[0]
            if (beginning !== undefined) {
              report({ loc: comments[0].loc, messageId: 'riddle', data: { beginning, sentence } })
            }
          }
          const [first = ''] = sentences
          const words = wordsOf(first)
          if (isDoc && words > most) {
            report({ loc: comments[0].loc, messageId: 'long', data: { most, words, sentence: first } })
          }
        }
      }
    }
  }
}

/** Joins `//` comments on successive lines, unless code precedes one of them. */
function blocksOf (sourceCode) {
  const blocks = []
  for (const comment of sourceCode.getAllComments()) {
    if (DIRECTIVE.test(comment.value) || comment.type === 'Shebang') continue
    const { start } = comment.loc
    const isAlone = comment.type === 'Line' && sourceCode.lines[start.line - 1].slice(0, start.column).trim() === ''
    const last = blocks.at(-1)
    if (isAlone && last?.isAlone && last.comments.at(-1).loc.end.line === start.line - 1) {
      last.comments.push(comment)
      last.text += `\n${comment.value.trim()}`
    } else {
      blocks.push({ comments: [comment], text: comment.value, isAlone, isDoc: /^\*(?!\*)/.test(comment.value) })
    }
  }
  return blocks
}

/** Splits the text of a block at sentence ends, empty lines, tags and list items. */
function sentencesOf (text) {
  const paragraphs = []
  for (const line of text.split('\n').map(line => line.replace(/^\s*\*+\s?/, '').trim())) {
    if (paragraphs.length === 0 || PARAGRAPH.test(line)) paragraphs.push(line)
    else paragraphs.push(`${paragraphs.pop()} ${line}`.trim())
  }
  return paragraphs
    .flatMap(paragraph => paragraph.replace(/^(?:[-*] |\d+\. )/, '').split(/(?<=[.!?]\)?) (?=[A-Z`«"])/))
    .filter(sentence => sentence !== '')
}

/** Counts words. Text in backticks and in parentheses counts as one. */
function wordsOf (sentence) {
  if (sentence.startsWith('@') || sentence.startsWith('`')) return 0
  return sentence.replace(/`[^`]*`|\([^)]*\)|\{@[^}]*\}/g, 'code').split(/\s+/).filter(word => /\w/.test(word)).length
}
