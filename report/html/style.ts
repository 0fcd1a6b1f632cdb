/** The share of colour in the darkest cell of a table: what stands on it has to be legible in light and dark. */
export const darkestShade = 0.5;

/** The page's style: no font or file from elsewhere, light and dark, from 360 px on, printable in black on white. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1b1f24; --faint: #5c6570; --grid: #e3e6ea; --panel: #f5f6f8;
  --supervised: #b45309; --fine-tuned: #1d5fbf; --linear-probe: #0f766e; --alarm: #b3261e; --alarm-paper: #fdecea;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14171c; --ink: #e8eaed; --faint: #a3acb8; --grid: #333a44; --panel: #1d2229;
    --supervised: #f5a35c; --fine-tuned: #7db4ff; --linear-probe: #5eead4; --alarm: #ff8a80; --alarm-paper: #3a1a18;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 76rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.05rem; line-height: 1.4; margin: .2rem 0 1rem; font-weight: 600; color: var(--faint); }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--grid); }
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; }
p, li, dd { max-width: 46rem; overflow-wrap: anywhere; }
.kicker, .note, figcaption { color: var(--faint); font-size: .875rem; }
.kicker { margin: 0; }
.answer { display: grid; gap: 1.5rem; }
.headline { font-size: 1.25rem; line-height: 1.45; margin: 0 0 .5rem; font-weight: 600; }
.in-figures { display: block; font-size: 1.05rem; line-height: 1.5; font-weight: 400; margin-top: .35rem; }
.alarm { border-left: 5px solid var(--alarm); background: var(--alarm-paper); padding: .75rem 1rem; }
.alarm p { margin: 0; }
.findings { padding-left: 1.1rem; }
figure { margin: 0; break-inside: avoid; display: flex; flex-direction: column; justify-content: space-between; }
figure svg { display: block; width: 100%; height: auto; max-width: 34rem; }
figcaption { margin-bottom: .35rem; }
.figures { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }
.figures.in-pairs { grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); }
.scroll { overflow-x: auto; margin: 0 0 .75rem; }
.scroll:focus-visible { outline: 2px solid var(--fine-tuned); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .925rem; }
.caption { color: var(--faint); font-size: .875rem; margin: .75rem 0 .25rem; }
th, td { padding: .3rem .75rem .3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--grid); }
th { font-weight: 600; }
td.number, th.number { text-align: right; white-space: nowrap; }
tr.total td, tr.total th { border-top: 2px solid var(--faint); }
td[style] { padding-left: .5rem; padding-right: .5rem; }
td.chosen { font-weight: 700; }
.long { overflow-wrap: anywhere; min-width: 13rem; }
pre { background: var(--panel); padding: .75rem 1rem; overflow-x: auto; font-size: .85rem; line-height: 1.45; }
dl.words { display: grid; gap: .25rem 1rem; grid-template-columns: minmax(6rem, max-content) 1fr; }
dl.words dt { font-weight: 600; } dl.words dd { margin: 0; }
.samples { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 29rem), 1fr)); }
.sample { display: flex; gap: .75rem; align-items: flex-start; }
.sample img { width: 56px; height: 56px; object-fit: contain; image-rendering: pixelated; background: var(--panel); display: block; }
.sample .original img { width: 80px; height: 80px; }
.views { display: flex; flex-wrap: wrap; gap: .5rem; }
.pair { display: flex; gap: 2px; }
.pictures { display: flex; flex-wrap: wrap; gap: .75rem; margin-bottom: .75rem; }
.picture img { width: 64px; height: 64px; object-fit: contain; image-rendering: pixelated; background: var(--panel); display: block; }
.picture figcaption { font-size: .8rem; max-width: 64px; overflow-wrap: anywhere; margin: .15rem 0 0; }
.picture:first-child img { outline: 2px solid var(--fine-tuned); outline-offset: 1px; }
@media (max-width: 30rem) { table { font-size: .8rem; } th, td { padding-right: .45rem; } }
@media (max-width: 30rem) { dl.words { display: block; } dl.words dd { margin-bottom: .4rem; } }
@media (min-width: 60rem) {
  body { padding: 2rem; }
  h1 { font-size: 1.2rem; }
  .answer { grid-template-columns: 1fr 1fr; align-items: start; gap: 2.5rem; }
  .headline { font-size: 1.45rem; }
}
@page { margin: 15mm; }
@media print {
  .figures.in-pairs { grid-template-columns: 1fr 1fr; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  h2, h3, .caption, .note { break-after: avoid; }
  tr, .sample, .picture-row { break-inside: avoid; }
  .scroll, pre { overflow: visible; white-space: pre-wrap; }
  .scroll { white-space: normal; }
}
`;
