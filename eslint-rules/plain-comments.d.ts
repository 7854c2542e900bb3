import type { Rule } from 'eslint'

export declare const plainComments: Rule.RuleModule
