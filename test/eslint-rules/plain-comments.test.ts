import { describe, it } from 'node:test'
import { RuleTester } from 'eslint'
import { plainComments } from '../../eslint-rules/plain-comments.js'

RuleTester.describe = describe
RuleTester.it = it
const tester = new RuleTester()
const riddle = { messageId: 'riddle' }

tester.run('plain-comments', plainComments, {
  valid: [
    '/** Returns the sessions of a user. The store keeps them for a day. */',
    '/** Tells whether the page is hidden. */',
    '// Whether a browser has it is known late.',
    '// The store answers what it knows, where it knows it.',
    '// Browsers differ here: What a page sees is its own.',
    '/**\n * Returns the number of seconds\n * What stands on a second line is no sentence\n */',
    '/* eslint no-undef: "off" */',
    {
      code: '/** One two three four five (not counted: six seven) `eight nine`. Ten eleven twelve thirteen. */',
      options: [{ firstSentenceWords: 7 }]
    },
    { code: '// A comment in the middle of code may have a long first sentence.', options: [{ firstSentenceWords: 5 }] }
  ],
  invalid: [
    ...['Who asks.', 'Whose page it is.', 'What it does.', 'How long it takes.', 'Where it lies.', 'Which one it is.',
      'One that waits.', 'Those that wait.', 'That of the page.', 'Of each the last.', 'The one that waits.'
    ].map(text => ({ code: `/** ${text} */`, errors: [riddle] })),
    { code: '/** Returns a number. What is no number is 0. */', errors: [riddle] },
    { code: '/**\n * Returns a number.\n *\n * What is no number is 0.\n */', errors: [riddle] },
    { code: '/**\n * Returns a number:\n * - What is no number is 0.\n */', errors: [riddle] },
    { code: '// Returns a number.\n// What is no number is 0.', errors: [riddle] },
    { code: 'let a // What it is.\nlet b // How it is.', errors: [riddle, riddle] },
    {
      code: '/** Returns one two three four five six. */',
      options: [{ firstSentenceWords: 6 }],
      errors: [{ messageId: 'long' }]
    }
  ]
})
