// How many columns of a terminal a text takes, so that tables stay aligned in every script.

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]$/u;
const EMOJI = /\p{Emoji_Presentation}|\uFE0F/u;
// East Asian Wide and Fullwidth (Unicode Standard Annex #11), by block.
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]/u;
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}]/u;
const LEFT_TO_RIGHT_MARK = '\u200E';

/** The columns that a text takes in a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

// A family of emoji is one picture of two columns, a syllable of Hangul letters too; else visible letters count.
function graphemeWidth(grapheme: string): number {
  if (EMOJI.test(grapheme) || WIDE.test(grapheme)) return 2;
  let width = 0;
  for (const character of grapheme) if (!INVISIBLE.test(character)) width++;
  return width;
}

/** The text in exactly `width` columns: cut with an ellipsis or filled with spaces. */
export function fitText(text: string, width: number): string {
  const cut = displayWidth(text) > width ? cutText(text, width) : text;
  // Else two neighbouring cells from right to left would change places.
  const mark = RIGHT_TO_LEFT.test(cut) ? LEFT_TO_RIGHT_MARK : '';
  return cut + mark + ' '.repeat(width - displayWidth(cut));
}

function cutText(text: string, width: number): string {
  let cut = '';
  let room = width - 1;
  for (const { segment } of graphemes.segment(text)) {
    room -= graphemeWidth(segment);
    if (room < 0) break;
    cut += segment;
  }
  return `${cut}…`;
}
