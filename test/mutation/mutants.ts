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
  '++': '--',
}
const methods: Readonly<Record<string, string>> = {
  min: 'max',
  max: 'min',
  log: 'exp',
  exp: 'log',
  log2: 'log',
  filter: 'flatMap',
}

/** All mutants of a source: flipped operators and signs, bounds moved by one, conditions negated, minima for maxima. */
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
    if (ts.isNumericLiteral(node)) add(node, node.text === '0' ? '1' : `(${node.getText()} + 1)`)
    if (ts.isPropertyAccessExpression(node) && node.expression.getText() === 'Math') {
      const other = methods[node.name.text]
      if (other !== undefined) add(node.name, other)
    }
    if (ts.isIfStatement(node)) add(node.expression, `!(${node.expression.getText()})`)
    if (ts.isConditionalExpression(node)) add(node.condition, `!(${node.condition.getText()})`)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return mutants
}

export function applied(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end)
}
