/** The alphabet of byte granularity: the bytes 0–255, and one symbol for every way a text can end. */
export const endSymbol = 256
export const symbolCount = 257
