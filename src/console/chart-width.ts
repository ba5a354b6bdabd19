import type uPlot from 'uplot'

/** The width of a chart in pixels: that of what holds it, while there is room for one. */
export function chartWidth(root: HTMLElement): number {
  return Math.max(240, root.clientWidth)
}

/** Keeps a chart, which is asked for each time, as wide as what holds it; also once its tab is shown. */
export function followWidth(root: HTMLElement, chart: () => uPlot | null): void {
  new ResizeObserver(() => {
    const shown = chart()
    if (shown === null || root.clientWidth === 0 || shown.width === chartWidth(root)) return
    shown.setSize({ width: chartWidth(root), height: shown.height })
  }).observe(root)
}
