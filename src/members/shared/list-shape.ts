/** What a list is checked against: the size of the vocabulary, and how many of its likeliest tokens were asked for. */
export interface ListShape {
  readonly vocabularySize: number
  readonly topK: number
}
