"""The one look of all pages: plain, and never to be taken for a real payment page."""

from html import escape

from ..api import Answer

LABEL = "Test payments: no real money moves"

_STYLE = """
* { box-sizing: border-box }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: #1d2530; background: #eef1ec;
  overflow-wrap: anywhere }
.label { margin: 0; padding: .75rem 1rem; text-align: center; font-weight: 700; color: #fff;
  background: #7a2e12 }
main { max-width: 40rem; margin: 0 auto; padding: 1rem }
section { margin: 0 0 1rem; padding: 1.25rem; background: #fff; border: 1px solid #c6ccbf;
  border-radius: .5rem }
h1 { margin: .5rem 0 1rem; font-size: 1.5rem; line-height: 1.25 }
h2 { margin: 0 0 .5rem; font-size: 1.125rem }
p { margin: 0 0 .75rem }
table { width: 100%; border-collapse: collapse }
th, td { padding: .375rem 0; text-align: start; font-weight: 400; vertical-align: top }
td { padding-inline-start: .75rem; text-align: end }
.sums td, .numbers th { white-space: nowrap }
tr + tr > * { border-top: 1px solid #e2e6dd }
.sum > * { font-weight: 700 }
label { display: block; margin: 0 0 .25rem; font-weight: 600 }
input { width: 100%; min-height: 2.75rem; margin: 0 0 1rem; padding: .5rem .75rem; font: inherit;
  color: inherit; background: #fff; border: 1px solid #5d6656; border-radius: .375rem }
button { display: block; width: 100%; min-height: 2.75rem; margin: 0 0 .75rem; padding: .5rem 1rem;
  font: inherit; font-weight: 600; color: #fff; background: #275a3c; border: 1px solid #275a3c;
  border-radius: .375rem; cursor: pointer }
button.plain { color: #1d2530; background: #fff; border-color: #5d6656 }
.row { display: flex; flex-wrap: wrap; gap: .5rem; margin: .25rem 0 1rem }
.row button { flex: 1 1 8rem; width: auto; margin: 0 }
a { color: #1d4f7c }
:focus-visible { outline: 3px solid #1d4f7c; outline-offset: 2px }
.said { padding: .75rem 1rem; color: #6b1414; background: #fbe9e7; border: 1px solid #b3413b;
  border-radius: .375rem }
code { font-size: .9375rem }
"""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page(title: str, content: str, *, status: int = 200) -> Answer:
    """`content` is HTML, escaped where it is made."""
    body = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<p class="label" role="note">{LABEL}</p>\n'
        f"<main>\n<h1>{escape(title)}</h1>\n{content}\n</main>\n</body>\n</html>\n"
    )
    return Answer(
        status=status, body=body, content_type="text/html; charset=utf-8", headers=_HEADERS
    )


def redirect(url: str) -> Answer:
    return Answer(
        status=303, body="", content_type="text/plain", headers={"Location": url, **_HEADERS}
    )


def section(content: str, *, title: str = "") -> str:
    head = f"<h2>{escape(title)}</h2>\n" if title else ""
    return f"<section>\n{head}{content}\n</section>"


def link(url: str, words: str) -> str:
    return f'<p><a href="{escape(url)}">{escape(words)}</a></p>'


def said(message: str) -> str:
    return f'<p class="said" role="alert">{escape(message)}</p>' if message else ""


def table(rows: list[tuple[str, str]], *, kind: str = "", last_is_sum: bool = False) -> str:
    """`kind` is sums or numbers, which break no line."""
    lines = []
    for place, (name, value) in enumerate(rows, start=1):
        sum_of_all = ' class="sum"' if last_is_sum and place == len(rows) else ""
        lines.append(
            f'<tr{sum_of_all}><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        )
    return f'<table class="{kind}">{"".join(lines)}</table>'
