"""A small chart in SVG that reads well on light and on dark pages. Standard library only."""
import html
import math

WIDTH, HEIGHT = 720, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 76, 48
STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #24292f } .title { font-size: 16px; font-weight: 600 }
    .small { font-size: 12px; fill: #57606a }
    .grid { stroke: #d0d7de; stroke-width: 1 } .axis { stroke: #57606a; stroke-width: 1 } .whisker { stroke: #24292f; stroke-width: 1.5 }
    .shade { fill: #8c959f; opacity: .18 } .half { opacity: .55 } .dashed { stroke-dasharray: 5 4 }
    .s0 { fill: #0969da; stroke: #0969da } .s1 { fill: #bc4c00; stroke: #bc4c00 } .s2 { fill: #1a7f37; stroke: #1a7f37 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 } .small { fill: #9da7b3 } .grid { stroke: #30363d } .axis { stroke: #9da7b3 } .whisker { stroke: #e6edf3 }
      .s0 { fill: #58a6ff; stroke: #58a6ff } .s1 { fill: #f0883e; stroke: #f0883e } .s2 { fill: #3fb950; stroke: #3fb950 }
    }
    rect.s0, rect.s1, rect.s2 { stroke: none } .line { fill: none; stroke-width: 2.5; stroke-linejoin: round }"""


def nice_ticks(top, count=5):
    """Round numbers from 0 to at least top."""
    if top <= 0:
        return [0, 1]
    raw = top / count
    power = 10 ** math.floor(math.log10(raw))
    step = next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= raw)
    return [step * i for i in range(math.ceil(top / step - 1e-9) + 1)]


class Chart:
    def __init__(self, title, subtitle, top):
        self._parts = []
        self.ticks = nice_ticks(top)
        self.text(LEFT - 40, 26, title, "title")
        self.text(LEFT - 40, 46, subtitle, "small")
        for tick in self.ticks:
            self.line(LEFT, self.y(tick), WIDTH - RIGHT, self.y(tick), "grid" if tick else "axis")
            self.text(LEFT - 8, self.y(tick) + 4, f"{tick:,.10g}", "small", "end")

    def y(self, value):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / self.ticks[-1]

    def x(self, share):
        """0: the left end of the axis, 1: its right end."""
        return LEFT + (WIDTH - LEFT - RIGHT) * share

    def text(self, x, y, what, style="", anchor="start"):
        self._parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{html.escape(what)}</text>')

    def line(self, x1, y1, x2, y2, style):
        self._parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{style}"/>')

    def rect(self, x, y, width, height, style):
        self._parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(0, height):.1f}" class="{style}"/>')

    def path(self, points, style):
        at = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(f'<polyline points="{at}" class="line {style}"/>')

    def bar(self, x, width, low, high, style):
        self.rect(x, self.y(high), width, self.y(low) - self.y(high), style)

    def whisker(self, x, low, high):
        if high > low:
            self.line(x, self.y(low), x, self.y(high), "whisker")

    def legend(self, entries):
        """(style, name) from left to right, above the plot."""
        x = LEFT
        for style, name in entries:
            self.rect(x, 56, 12, 12, style)
            self.text(x + 17, 66.5, name, "small")
            x += 34 + 6.6 * len(name)

    def label(self, share, what):
        self.text(self.x(share), HEIGHT - BOTTOM + 20, what, "small", "middle")

    def svg(self):
        body = "\n  ".join(self._parts)
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">\n'
                f"  <style>{STYLE}\n  </style>\n  {body}\n</svg>\n")
