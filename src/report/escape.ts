/** Text that may hold anything, made safe to stand in HTML and SVG. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Control characters but tab and line ends, and halves of surrogate pairs: XML has no way to write them. */
const UNWRITABLE = /[^\P{Cc}\t\n\r]|\p{Cs}/gu;

/**
 * Text without the characters that XML cannot hold, a replacement character in their places.
 *
 * @example writableText('bell \u0007') // 'bell \ufffd'
 */
export function writableText(text: string): string {
  return text.replace(UNWRITABLE, '\u{fffd}');
}

/** One line of text: what breaks lines or commands a terminal becomes a space. @example oneLine('a\n b') // 'a b' */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

/**
 * Text as it may stand between tags and in quoted attributes, in HTML and in XML alike.
 *
 * @example escapeMarkup('a < "b" & c') // 'a &lt; &quot;b&quot; &amp; c'
 */
export function escapeMarkup(text: string): string {
  return writableText(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/**
 * Text as it may stand in a line of GitHub's Markdown, a table's cell too, and show as it is.
 *
 * @example escapeMarkdown('a|b *c*') // 'a\\|b \\*c\\*'
 */
export function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_~[\]<>|#$]/g, '\\$&')
    .replaceAll('&', '&amp;');
}
