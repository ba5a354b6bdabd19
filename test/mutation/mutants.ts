import ts from 'typescript'

/** One small change of a source text. */
export interface Mutant {
  readonly file: string
  readonly line: number
  readonly start: number
  readonly end: number
  readonly original: string
  readonly replacement: string
}

const operators: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '&&': '||',
  '||': '&&',
  '+=': '-=',
  '-=': '+=',
}
/** Functions and what is put in their place: those of `Math`, then those of arrays. */
const functions: Readonly<Record<string, string>> = { min: 'max', max: 'min', log: 'exp', exp: 'log', log2: 'log' }
const methods: Readonly<Record<string, string>> = { some: 'every', every: 'some' }

/**
 * All mutants of a source: flipped operators, signs and truth values, numbers moved by one, conditions negated, minima
 * for maxima, statements left out.
 */
export function mutantsOf(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const mutants: Mutant[] = []
  const add = (node: { getStart(): number; getEnd(): number }, replacement: string) => {
    const [start, end] = [node.getStart(), node.getEnd()]
    const line = source.getLineAndCharacterOfPosition(start).line + 1
    mutants.push({ file, line, start, end, original: text.slice(start, end), replacement })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node) || ts.isInterfaceDeclaration(node)) return
    // What an error says is no arithmetic.
    if (ts.isNewExpression(node) && node.expression.getText() === 'TuttiError') return
    if (ts.isBinaryExpression(node)) {
      const flipped = operators[node.operatorToken.getText()]
      if (flipped !== undefined) add(node.operatorToken, flipped)
    }
    if (ts.isPrefixUnaryExpression(node)) {
      if (node.operator === ts.SyntaxKind.MinusToken) add(node, node.operand.getText())
      if (node.operator === ts.SyntaxKind.ExclamationToken) add(node, node.operand.getText())
    }
    if (isCount(node)) {
      const count = node.operand.getText()
      add(node, node.operator === ts.SyntaxKind.PlusPlusToken ? `${count}--` : `${count}++`)
    }
    // Written as a number, which may stand where a sum may not: as the name of a property.
    if (ts.isNumericLiteral(node)) add(node, String(Number(node.text) + 1))
    if (node.kind === ts.SyntaxKind.TrueKeyword) add(node, 'false')
    if (node.kind === ts.SyntaxKind.FalseKeyword) add(node, 'true')
    if (ts.isPropertyAccessExpression(node)) {
      const other = (node.expression.getText() === 'Math' ? functions : methods)[node.name.text]
      if (other !== undefined) add(node.name, other)
    }
    if (ts.isIfStatement(node)) add(node.expression, `!(${node.expression.getText()})`)
    if (ts.isConditionalExpression(node)) add(node.condition, `!(${node.condition.getText()})`)
    if (ts.isExpressionStatement(node) && !isCount(node.expression)) add(node, ';')
    if (ts.isContinueStatement(node) || ts.isBreakStatement(node)) add(node, ';')
    ts.forEachChild(node, visit)
  }
  visit(source)
  return mutants
}

/** A count up or down that is not a loop's own: one that turned round would only never end. */
function isCount(node: ts.Node): node is ts.PostfixUnaryExpression {
  return ts.isPostfixUnaryExpression(node) && !(ts.isForStatement(node.parent) && node.parent.incrementor === node)
}

export function applied(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end)
}
