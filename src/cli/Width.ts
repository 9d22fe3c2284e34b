/** How wide text is on a terminal, and text cut to a width. */

/** Drawn on what stands before it, or not at all. */
const NARROW = /\p{M}|[\u{200b}-\u{200f}]|[\u{fe00}-\u{fe0f}]/u
/** Two cells: East Asian scripts, full-width forms, most emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

const ofCharacter = (character: string): number => (NARROW.test(character) ? 0 : WIDE.test(character) ? 2 : 1)

const PLAIN = /^[\x20-\x7e]*$/

/** The cells that a line without control characters takes. */
export const widthOf = (text: string): number => {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const character of text) width += ofCharacter(character)
  return width
}

/** The text in at most so many cells; a cut is marked by …, which takes one of them. */
export const fit = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text
  let cut = ""
  let taken = 0
  for (const character of text) {
    const next = ofCharacter(character)
    if (taken + next > width - 1) break
    cut += character
    taken += next
  }
  return width < 1 ? "" : `${cut}…`
}

/** Filled up with blanks to so many cells. */
export const pad = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - widthOf(text)))
