/** Escapes any text for HTML, SVG and Markdown. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that XML cannot hold: control characters except tab and line ends, and lone surrogates. */
const UNWRITABLE = /[^\P{Cc}\t\n\r]|\p{Cs}/gu;

/** Replaces the characters that XML cannot hold. */
export function writableText(text: string): string {
  return text.replace(UNWRITABLE, '\u{fffd}');
}

/** One line of text: line breaks and control characters become spaces. @example oneLine('a\n b') // 'a b' */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

/** Escapes text for HTML and XML, between tags and in quoted attributes. */
export function escapeMarkup(text: string): string {
  return writableText(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** Escapes text for a line or a table's cell of GitHub's Markdown. */
export function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_~[\]<>|#$]/g, '\\$&')
    .replaceAll('&', '&amp;');
}
