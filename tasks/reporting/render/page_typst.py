"""How the front of the page looks on paper, for Typst; every text comes as data, none is part of this."""

from __future__ import annotations

TEMPLATE = r"""
#let page-data = json(bytes(sys.inputs.page))
#let colours = (base: rgb("#1e3a5f"), "in": rgb("#005a8c"), out: rgb("#a04000"), quiet: rgb("#5b6b7b"))
#let ink = rgb("#1f2937")
#let losses = ("#fdf3e6", "#fae6cd", "#f7d9b3", "#f4cc99", "#f0b060").map(rgb)
#let gains = ("#e9f5fc", "#d3ebf9", "#b8dff5", "#93cff0", "#56b4e9").map(rgb)
#set document(title: page-data.title, date: none)
#set page(paper: "a4", margin: (x: 15mm, y: 13mm))
#set text(font: "DejaVu Sans", size: 8pt, fill: ink, lang: page-data.language)
#set par(leading: 0.5em, spacing: 0.8em)

#let cell-fill(cell) = if cell.shade > 0 { losses.at(cell.shade - 1) } else if cell.shade < 0 { gains.at(-cell.shade - 1) } else { none }
#let shown(cell) = table.cell(
  align: if cell.align == "left" { left } else { right },
  fill: cell-fill(cell),
  pad(left: if cell.is_indented { 6pt } else { 0pt }, text(
    fill: if cell.colour_role == none { ink } else { colours.at(cell.colour_role) },
    weight: if cell.is_bold { "bold" } else { "regular" },
    cell.text,
  )),
)
#let listed(data) = {
  set text(size: 6.8pt)
  if data.title != "" { block(below: 4pt, text(8pt, weight: "bold", fill: colours.base, data.title)) }
  table(
    columns: (2.6fr, ..data.headings.slice(1).map(_ => 1fr)),
    inset: (x: 3pt, y: 2.6pt),
    stroke: (x: none, y: 0.4pt + rgb("#dde3e9")),
    table.header(..data.headings.enumerate().map(((place, heading)) => table.cell(
      align: (if place == 0 { left } else { right }) + bottom,
      fill: rgb("#f3f4f6"),
      text(weight: "bold", fill: colours.base, heading),
    ))),
    ..data.rows.flatten().map(shown),
  )
}
#let picture(chart) = image(bytes(chart.svg), format: "svg", width: 100%, alt: chart.description)

#let whole = {
  text(8pt, weight: "bold", fill: colours.quiet, page-data.about)
  block(above: 6pt, below: 7pt, text(17pt, weight: "bold", fill: colours.base, page-data.headline))
  block(below: 7pt, text(10pt, page-data.value))
  for line in page-data.lines {
    block(above: 5pt, below: 5pt, text(
      size: if line.is_small { 7pt } else { 8.4pt },
      weight: if line.is_bold { "bold" } else { "regular" },
      fill: if line.is_alarm { colours.out } else if line.is_small { colours.quiet } else { ink },
      line.text,
    ))
  }
  v(4pt)
  grid(columns: (1fr, 1fr), column-gutter: 14pt, row-gutter: 12pt,
    ..page-data.tables.map(listed),
    ..page-data.charts.map(picture),
    ..page-data.groups.map(listed),
  )
  v(4pt)
  set text(size: 6.6pt, fill: colours.quiet)
  block(below: 5pt, page-data.data_line)
  for note in page-data.small_print { block(above: 4pt, below: 4pt, note) }
}
// One page: what is too long for it is made smaller as a whole.
#layout(room => {
  let factors = range(20).map(number => 1 - number * 0.03)
  let fits(factor) = measure(block(width: room.width / factor, whole)).height * factor <= room.height
  let factor = factors.find(fits)
  if factor == none { factor = factors.last() }
  scale(factor * 100%, origin: top + left, reflow: true, block(width: room.width / factor, whole))
})
"""
