/** Gives the page the colours of all pages that this program draws. */
import { cssVariables, DARK, LIGHT } from '../../src/report/palette.ts';

export function applyPalette(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    `:root { ${cssVariables(LIGHT)} } @media (prefers-color-scheme: dark) { :root { ${cssVariables(DARK)} } }`,
  );
  document.adoptedStyleSheets = [sheet];
}
