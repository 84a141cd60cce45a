// Writes public/icons.svg, one sprite of the icons in use, and its licence, from the npm package lucide-static.
//
//   npm install --prefix /tmp/lucide lucide-static@1.62.0
//   node tools/icons.mjs /tmp/lucide/node_modules/lucide-static
//
// A new icon: add its name here, run the two lines, commit both files. The package is no dependency of the build.
import { readFileSync, writeFileSync } from 'node:fs';

const names = `house shopping-cart users package truck circle-check circle-x clock credit-card undo-2 message-square
  search chevron-left chevron-right chevron-down chevron-up log-out bell eye map-pin mail phone printer file-text plus x
  triangle-alert info warehouse star activity sun moon monitor copy external-link filter arrow-left user banknote ban
  package-check package-open settings keyboard menu shield-check shapes lock refresh-cw ellipsis arrow-up arrow-down
  rows-4 rows-2 check minus calendar eye-off download bookmark sliders-horizontal columns-3 pencil pin pin-off trash-2 tag
  play circle-stop arrow-right list-checks id-card user-plus`.split(/\s+/);
// lucide renamed some; ours stay.
const renamed = { filter: 'funnel' };

const folder = process.argv[2];
if (!folder) {
  console.error('usage: node tools/icons.mjs FOLDER_OF_lucide-static');
  process.exit(2);
}
const symbols = names.sort().map((name) => {
  const svg = readFileSync(`${folder}/icons/${renamed[name] ?? name}.svg`, 'utf8');
  const shapes = svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.indexOf('</svg>'));
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, '').replaceAll(' />', '/>')}</symbol>`;
});
// Our own mark; its colours follow the theme of the page that uses it.
symbols.unshift('<symbol id="brand" viewBox="0 0 22 22"><rect width="22" height="22" rx="6" fill="var(--accent)"/>'
  + '<path d="M5.5 7h11M11 7v9" fill="none" stroke="var(--accent-ink)" stroke-width="2.4" stroke-linecap="round"/></symbol>');

const out = new URL('../public/', import.meta.url);
writeFileSync(new URL('icons.svg', out), `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join('\n')}\n</svg>\n`);
writeFileSync(new URL('icons.LICENSE', out),
  `public/icons.svg holds icons of Lucide (https://lucide.dev), npm package lucide-static. The symbol "brand" is ours.\n\n${readFileSync(`${folder}/LICENSE`, 'utf8')}`);
