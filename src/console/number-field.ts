/** A field for a number between two limits that stands in the state. */
export interface NumberField {
  show(value: number | null): void
}

/** @param set told of every number that may be; null where the field is empty. */
export function connectNumber(
  input: HTMLInputElement,
  { least, most }: { readonly least: number; readonly most: number },
  set: (value: number | null) => void,
): NumberField {
  input.min = String(least)
  input.max = String(most)
  input.addEventListener('input', () => {
    if (input.validity.valid) set(input.value === '' ? null : input.valueAsNumber)
  })
  return {
    show(value) {
      const text = value === null ? '' : String(value)
      // Not while somebody types "0." into it.
      if (document.activeElement !== input && input.value !== text) input.value = text
    },
  }
}
