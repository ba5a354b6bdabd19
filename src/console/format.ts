/** Numbers as the page writes them. */

export function percent(share: number): string {
  if (share < 0) return `−${percent(-share)}`
  const value = share * 100
  if (value === 0) return '0 %'
  if (value > 0 && value < 0.1) return '< 0.1 %'
  if (value > 99.9 && value < 100) return '> 99.9 %'
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} %`
}

/** Null stands for what has no bound. */
export function bits(value: number | null): string {
  return value === null ? '∞' : value.toFixed(2)
}

export function milliseconds(value: number): string {
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`
}

export function count(value: number, one: string, many = `${one}s`): string {
  return `${value.toLocaleString('en')} ${value === 1 ? one : many}`
}
