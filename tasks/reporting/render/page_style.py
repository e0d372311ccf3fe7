"""How the page looks: one column on a phone, two where both fit, no page of print cut through a table's row."""

from __future__ import annotations

STYLE = """
:root { --ink: #1f2937; --soft: #5b6b7b; --line: #dde3e9; --base: #1e3a5f; --in: #005a8c; --out: #a04000; }
* { box-sizing: border-box; }
html { -webkit-print-color-adjust: exact; print-color-adjust: exact; -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; background: #fff; color: var(--ink); font: 16px/1.45 "Segoe UI", "Helvetica Neue", "DejaVu Sans", Arial, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 20px 16px 48px; }
h1 { font-size: clamp(24px, 4.4vw, 38px); line-height: 1.15; margin: 2px 0 8px; color: var(--base); letter-spacing: -0.01em; }
h2 { font-size: 24px; margin: 44px 0 0; padding-top: 14px; border-top: 3px solid var(--base); color: var(--base); }
h3 { font-size: 19px; margin: 28px 0 4px; color: var(--base); }
h4 { font-size: 15px; margin: 0 0 4px; color: var(--base); }
p { margin: 0 0 8px; }
a { color: #1d4ed8; }
.about { color: var(--soft); font-weight: 600; margin: 0; }
.value { font-size: clamp(17px, 2vw, 20px); }
.line { margin: 0 0 6px; }
.bold, .said { font-weight: 600; }
.said { font-size: 18px; max-width: 70em; }
.alarm { color: var(--out); }
.soft { color: var(--soft); font-size: 13.5px; max-width: 75em; }
.two { display: grid; grid-template-columns: minmax(0, 1fr); gap: 22px 36px; margin: 18px 0; align-items: start; }
figure { margin: 14px 0; max-width: 620px; }
.two figure { margin: 0; }
figure svg { display: block; width: 100%; height: auto; }
.table { margin: 16px 0; }
.two .table { margin: 0; }
.scroll {
  overflow-x: auto; /* a shadow at the side where a table goes on: what is cut there could be read as a whole number */
  background:
    linear-gradient(to right, #fff 32px, transparent) left / 64px 100% no-repeat local,
    linear-gradient(to left, #fff 32px, transparent) right / 64px 100% no-repeat local,
    linear-gradient(to right, #5b6b7b99, transparent) left / 16px 100% no-repeat scroll,
    linear-gradient(to left, #5b6b7b99, transparent) right / 16px 100% no-repeat scroll;
}
table { border-collapse: collapse; font-size: 14px; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; vertical-align: bottom; padding: 5px 8px; background: #f3f4f6; color: var(--base); font-size: 13px; }
td { padding: 4px 8px; border-bottom: 1px solid var(--line); vertical-align: top; }
th:first-child, td:first-child { padding-left: 4px; min-width: 9em; }
th.n, td.n { text-align: right; }
td.n { white-space: nowrap; }
td.short:not(:first-child) { white-space: nowrap; }
td.part { padding-left: 1.3em; }
td.base { color: var(--base); } td.in { color: var(--in); } td.out { color: var(--out); } td.quiet { color: var(--soft); }
tr.total td { font-weight: 600; border-top: 2px solid var(--line); }
.worse1 { background: #fdf3e6; } .worse2 { background: #fae6cd; } .worse3 { background: #f7d9b3; }
.worse4 { background: #f4cc99; } .worse5 { background: #f0b060; }
.better1 { background: #e9f5fc; } .better2 { background: #d3ebf9; } .better3 { background: #b8dff5; }
.better4 { background: #93cff0; } .better5 { background: #56b4e9; }
nav { display: flex; flex-wrap: wrap; gap: 10px; margin: 18px 0 0; }
nav a { border: 1px solid #b9c2ce; border-radius: 6px; padding: 8px 14px; text-decoration: none; font-weight: 600; }
footer { margin-top: 44px; border-top: 1px solid var(--line); padding-top: 14px; color: var(--soft); font-size: 13.5px; }
.wide th, .wide td { padding-left: 3px; padding-right: 5px; font-size: 12.5px; }
@media (max-width: 520px) {
  table { font-size: 12.5px; } th { font-size: 12px; } th, td { padding: 4px 5px; }
}
@media (min-width: 900px) { main { padding: 32px 28px 56px; } }
@media (min-width: 1180px) { .two { grid-template-columns: repeat(2, minmax(0, 1fr)); } .two td:first-child { white-space: nowrap; } }
@page { size: A4; margin: 13mm; }
@media print {
  body { font-size: 11px; } main { padding: 0; max-width: none; } nav { display: none; }
  table { font-size: 9px; } th { font-size: 9px; } h1 { font-size: 22px; } h2 { font-size: 17px; break-after: avoid; }
  .two { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px 20px; }
  .said, .value { font-size: 13px; } .soft, footer { font-size: 9px; }
  tr, figure, h3, h4 { break-inside: avoid; } h3, h4 { break-after: avoid; } thead { display: table-header-group; }
  .scroll { overflow: visible; background: none; } figure { max-width: 380px; }
}
"""
