"""A page of somebody else, on another port of this machine or under another name, that tries to use a server through a browser."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

from tests.pipeline.chromium import FOREIGN_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page, Response

WAIT_MILLISECONDS = 3000
"""How long an answer may take that the page does not get to see."""
FROM_ANOTHER_ORIGIN = """async ({url, socket, name, run}) => {
  const flow = kind => JSON.stringify({name: `${name}-${kind}`});
  const outcome = attempt => attempt.then(answer => `${answer.type} ${answer.status}`, () => 'failed');
  const frame = document.createElement('iframe');
  frame.name = 'sink';
  document.body.append(frame);
  const form = document.createElement('form');
  Object.assign(form, {method: 'POST', action: `${url}/api/flows/`, enctype: 'text/plain', target: 'sink'});
  const field = document.createElement('input');
  Object.assign(field, {name: `{"name": "${name}-form", "tags": ["`, value: '"]}'});
  form.append(field);
  document.body.append(form);
  form.submit();
  const post = (kind, options) => outcome(fetch(`${url}/api/flows/`, {method: 'POST', body: flow(kind), ...options}));
  const results = {
    plain: await post('plain', {mode: 'no-cors', headers: {'content-type': 'text/plain'}}),
    untyped: await post('untyped', {mode: 'no-cors', body: new Blob([flow('untyped')])}),
    json: await post('json', {headers: {'content-type': 'application/json'}}),
    credentials: await post('credentials', {credentials: 'include', headers: {'content-type': 'application/json'}}),
    read: await outcome(fetch(`${url}/api/csrf-token?client=evil`)),
    run: await outcome(fetch(run.url, {method: 'POST', mode: 'no-cors', body: JSON.stringify(run.body)})),
  };
  for (const [kind, path] of [['img', '/api/admin/version'], ['script', '/api/csrf-token?client=evil'], ['iframe', '/v2/']]) {
    const element = document.createElement(kind);
    results[kind] = await new Promise(done => {
      element.onload = () => done('loaded');
      element.onerror = () => done('failed');
      element.src = url + path;
      document.body.append(element);
    });
  }
  results.socket = await new Promise(done => {
    const opened = new WebSocket(`${socket}/api/events/in`, ['prefect']);
    opened.onopen = () => done('opened');
    opened.onerror = () => done('failed');
  });
  return results;
}"""
FROM_ITS_OWN_NAME = """async ({name, run}) => {
  const post = (path, body) => fetch(path, {method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(body)});
  const opened = new Promise(done => {
    const socket = new WebSocket(`ws://${location.host}/api/events/in`, ['prefect']);
    socket.onopen = () => done('opened');
    socket.onerror = () => done('failed');
  });
  const read = await fetch('/api/health');
  const written = await post('/api/flows/', {name: `${name}-rebound`});
  const started = await post(new URL(run.url).pathname, run.body);
  return {read: read.status, written: written.status, started: started.status, socket: await opened};
}"""


@dataclass(frozen=True)
class Attack:
    """What became of every attempt: what the pages were given to see, and what the server answered, seen or not."""

    elsewhere: dict[str, str]
    """By kind, from a page of another port."""
    rebound: dict[str, Any]
    """Statuses, from a page whose name leads to the server."""
    answers: set[tuple[str, int]] = field(default_factory=set)
    """Method and status of everything that the server has answered to either."""


def attack(page: Page, *, port: int, name: str, run: dict[str, Any]) -> Attack:
    """Try everything that a page may try; flows that come of it are called `name` and a kind, and `run` is a request that starts one."""
    url, answers = f"http://127.0.0.1:{port}", set[tuple[str, int]]()

    def note(answer: Response) -> None:
        if f":{port}/" in answer.url:
            answers.add((answer.request.method, answer.status))

    page.goto("about:blank")  # what the server's own pages are still asking, they ask no longer
    page.on("response", note)
    with foreign_page() as foreign:
        page.goto(foreign)
        elsewhere = page.evaluate(FROM_ANOTHER_ORIGIN, {"url": url, "socket": url.replace("http", "ws"), "name": name, "run": run})
        page.wait_for_timeout(WAIT_MILLISECONDS)
    page.goto(f"http://{FOREIGN_NAME}:{port}/api/health")
    rebound = page.evaluate(FROM_ITS_OWN_NAME, {"name": name, "run": run})
    page.remove_listener("response", note)
    return Attack(elsewhere, rebound, answers)


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>A page</title><body>A page</body>")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the base class gives it
        pass


@contextmanager
def foreign_page() -> Iterator[str]:
    """The address of an empty page on a port of its own."""
    server = HTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
