import { describe, expect, it } from 'vitest';
import { escapeMarkdown, escapeMarkup } from './escape.ts';
import { type Block, page } from './page.ts';
import { seriesOf } from './palette.ts';

const NASTY = `<script>alert("1")</script> & 'x'`;
const ESCAPED = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;';

describe('escapeMarkup', () => {
  it('leaves nothing that a parser would interpret', () => {
    expect(escapeMarkup(NASTY)).toBe(ESCAPED);
  });

  it('replaces only characters that XML does not allow', () => {
    expect(escapeMarkup('a\u0000b\u001bc\ud800d\u{1f30c}\t\n')).toBe('a\ufffdb\ufffdc\ufffdd\u{1f30c}\t\n');
  });
});

describe('escapeMarkdown', () => {
  it('shows markup characters literally, on one line', () => {
    expect(escapeMarkdown('a|b\n*c* $d$ `e` <f> & \\')).toBe(
      'a\\|b \\*c\\* \\$d\\$ \\`e\\` \\<f\\> &amp; \\\\',
    );
  });
});

describe('page', () => {
  const body = (block: Block) => page({ title: 'T', sections: [{ blocks: [block] }] }).split('<body>')[1];

  it('escapes the title and headings', () => {
    const html = page({ title: NASTY, sections: [{ heading: NASTY, blocks: [] }] });
    expect(html.split(ESCAPED)).toHaveLength(4);
    expect(html).not.toContain('<script');
  });

  it('escapes texts, captions, labels, notes and cells', () => {
    const columns = [
      { label: NASTY, align: 'left', note: NASTY },
      { label: 'b', align: 'right' },
    ] as const;
    const table = body({ kind: 'table', table: { caption: NASTY, columns, rows: [[NASTY, NASTY]] } });
    expect(table!.split(ESCAPED)).toHaveLength(7);
    expect(table).toContain(`<td class="right">${ESCAPED}</td>`);
    const figure = body({ kind: 'figure', svg: '<svg/>', caption: NASTY, legend: seriesOf([NASTY]) });
    expect(figure!.split(ESCAPED)).toHaveLength(4);
    expect(body({ kind: 'text', text: NASTY })).toContain(`<p>${ESCAPED}</p>`);
    for (const html of [table, figure]) expect(html).not.toContain('<script');
  });

  it('inserts charts unchanged', () => {
    expect(body({ kind: 'figure', svg: '<svg id="$&"/>', caption: '' })).toContain('><svg id="$&"/></div>');
  });
});
