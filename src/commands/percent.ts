/** A share as a percentage of at most six characters: `41.2%`, `100%`, `<0.1%`. */
export function percent(share: number): string {
  const value = share * 100
  if (value === 0) return '0%'
  if (value < 0.05) return '<0.1%'
  return value >= 99.95 ? '100%' : `${value.toFixed(1)}%`
}
