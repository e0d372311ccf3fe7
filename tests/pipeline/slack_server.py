"""A server on this machine that plays Slack's Web API, as strictly as Slack does, and can be told to be in trouble."""

from __future__ import annotations

import json
import re
import threading
from collections import defaultdict, deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOKEN = "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy"
"""A made-up token in the form of a real one."""
CHANNEL = "C0BASE0001"
LARGEST_FILE = 1_000_000
Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Trouble:
    """One answer that goes wrong."""

    status: int = 200
    error: str = ""
    retry_after: int | None = None
    drops_connection: bool = False


@dataclass
class Message:
    channel: str
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    arguments: Mapping[str, Any]
    thread_files: list[tuple[str, bytes]] = field(default_factory=list)
    """Title and bytes of each file in the message's thread."""


@dataclass
class File:
    name: str
    length: int
    description: str
    content: bytes | None = None
    is_shown: bool = False


class Slack:
    """What the server holds: messages, files, and the troubles that are ahead."""

    def __init__(self) -> None:
        self.url = ""
        self.token = TOKEN
        self.channels = {CHANNEL: "#customers"}
        self.messages: list[Message] = []
        self.files: dict[str, File] = {}
        self.asked: list[str] = []
        """Every method that was asked, in order; `upload` for a file's bytes."""
        self.upload_tokens: list[str | None] = []
        """What came as a token with each file's bytes; the place for files is to get none."""
        self.troubles: defaultdict[str, deque[Trouble]] = defaultdict(deque)

    def will(self, method: str, *troubles: Trouble) -> None:
        """The next answers of that method are troubles; after them it is well again."""
        self.troubles[method].extend(troubles)

    def answer(self, method: str, *, token: str | None, arguments: Mapping[str, Any]) -> dict[str, Any]:
        methods = {
            "chat.postMessage": self._post,
            "files.getUploadURLExternal": self._give_upload_url,
            "files.completeUploadExternal": self._show_files,
            "conversations.replies": self._replies,
        }
        if method not in methods:
            return _refusal("unknown_method")
        if token != self.token:
            return _refusal("invalid_auth" if token else "not_authed")
        return methods[method](arguments)

    def _channel(self, name: object) -> str | None:
        return next((channel for channel, called in self.channels.items() if name in {channel, called}), None)

    def _post(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        channel, blocks, text = self._channel(arguments.get("channel")), arguments.get("blocks", []), arguments.get("text", "")
        if channel is None:
            return _refusal("channel_not_found")
        if not text and not blocks:
            return _refusal("no_text")
        problems = block_problems(blocks)
        if problems:
            return {**_refusal("invalid_blocks"), "response_metadata": {"messages": problems}}
        message = Message(channel, f"1790000000.{len(self.messages) + 1:06d}", text, blocks, arguments)
        self.messages.append(message)
        return {"ok": True, "channel": channel, "ts": message.ts, "message": {"text": text, "blocks": blocks}}

    def _give_upload_url(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        name, length = arguments.get("filename", ""), int(arguments.get("length", 0))
        if not name or not length:
            return _refusal("missing_argument")
        if length > LARGEST_FILE:
            return _refusal("file_upload_size_restricted")
        if len(arguments.get("alt_txt", "")) > 1_000:
            return _refusal("alt_txt_too_large")
        file_id = f"F0FILE{len(self.files) + 1:04d}"
        self.files[file_id] = File(name, length, arguments.get("alt_txt", ""))
        return {"ok": True, "file_id": file_id, "upload_url": f"{self.url}/upload/v1/{file_id}"}

    def receive(self, file_id: str, content: bytes) -> int:
        """Take a file's bytes; gives the HTTP status."""
        file = self.files.get(file_id)
        if file is None or len(content) != file.length:
            return 400
        file.content = content
        return 200

    def _show_files(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        given = json.loads(arguments.get("files", "[]"))
        thread = [m for m in self.messages if (m.channel, m.ts) == (arguments.get("channel_id"), arguments.get("thread_ts"))]
        if arguments.get("channel_id") not in self.channels:  # an id: this method takes no channel's name
            return _refusal("channel_not_found")
        if not thread:
            return _refusal("thread_not_found")
        files = [self.files.get(file["id"]) for file in given]
        if not files or any(file is None or file.content is None or file.is_shown for file in files):
            return _refusal("file_not_found")
        for file, title in ((self.files[one["id"]], one["title"]) for one in given):
            file.is_shown = True
            thread[0].thread_files.append((title, file.content or b""))
        return {"ok": True, "files": given}

    def _replies(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        found = [m for m in self.messages if (m.channel, m.ts) == (arguments.get("channel"), arguments.get("ts"))]
        if not found:
            return _refusal("thread_not_found")
        replies = [{"ts": f"{found[0].ts}{number}", "files": [{"title": title}]} for number, (title, _) in enumerate(found[0].thread_files)]
        return {"ok": True, "messages": [{"ts": found[0].ts, "text": found[0].text}, *replies]}


def _refusal(error: str) -> dict[str, Any]:
    return {"ok": False, "error": error}


class _Server(ThreadingHTTPServer):
    """The server, with what it holds."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.slack = Slack()
        self.slack.url = f"http://127.0.0.1:{self.server_port}"


@contextmanager
def slack_server() -> Iterator[Slack]:
    """Slack on a free port of this machine."""
    server = _Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.slack
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] - it serves this server alone

    def do_POST(self) -> None:
        slack, body = self.server.slack, self.rfile.read(int(self.headers.get("Content-Length", 0)))
        method = "upload" if self.path.startswith("/upload/v1/") else self.path.removeprefix("/api/")
        slack.asked.append(method)
        trouble = slack.troubles[method].popleft() if slack.troubles[method] else None
        if trouble and trouble.drops_connection:
            self.close_connection = True
        elif trouble:
            self._send(trouble.status, json.dumps(_refusal(trouble.error)), retry_after=trouble.retry_after)
        elif not self.path.startswith(("/api/", "/upload/v1/")):
            self._send(404, "<html><body>There is no such page.</body></html>")
        elif method == "upload":
            slack.upload_tokens.append(self.headers.get("Authorization"))
            self._send(slack.receive(self.path.rpartition("/")[2], body), f"OK - {len(body)}")
        else:
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
            self._send(200, json.dumps(slack.answer(method, token=token, arguments=self._arguments(body))))

    def _arguments(self, body: bytes) -> dict[str, Any]:
        if (self.headers.get("Content-Type") or "").startswith("application/json"):
            return json.loads(body)
        return {name: values[0] for name, values in parse_qs(body.decode()).items()}

    def _send(self, status: int, text: str, *, retry_after: int | None = None) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        if retry_after is not None:
            self.send_header("Retry-After", str(retry_after))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        """Nothing: a test's output is its own."""


BLOCKS_MAX, HEADER_MAX, SECTION_MAX, FIELDS_MAX, FIELD_MAX, ELEMENTS_MAX = 50, 150, 3_000, 10, 2_000, 10
KEYS = {"header": {"text"}, "section": {"text", "fields"}, "context": {"elements"}, "divider": set()}
"""The kinds of block that the server knows, and what each may hold."""


def block_problems(blocks: object) -> list[str]:
    """What Slack would refuse in a message's blocks, in its way of saying it."""
    if not isinstance(blocks, list):
        return ["[ERROR] must provide an array [json-pointer:/blocks]"]
    problems = ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"] if len(blocks) > BLOCKS_MAX else []
    for number, block in enumerate(blocks):
        problems += [f"[ERROR] {problem} [json-pointer:/blocks/{number}]" for problem in _problems_of(block)]
    return problems


def _problems_of(block: object) -> list[str]:
    if not isinstance(block, dict) or block.get("type") not in KEYS:
        return ["unsupported type"]
    kind = block["type"]
    problems = [f"invalid additional property: {key}" for key in set(block) - KEYS[kind] - {"type", "block_id"}]
    if kind == "header":
        problems += _text_problems(block.get("text"), longest=HEADER_MAX, kinds={"plain_text"})
    if kind == "context":
        problems += _list_problems(block.get("elements"), most=ELEMENTS_MAX, longest=SECTION_MAX)
    if kind == "section" and not {"text", "fields"} & set(block):
        problems.append("missing required field: text or fields")
    if "fields" in block:
        problems += _list_problems(block["fields"], most=FIELDS_MAX, longest=FIELD_MAX)
    if kind == "section" and "text" in block:
        problems += _text_problems(block["text"], longest=SECTION_MAX)
    return problems


def _list_problems(texts: object, *, most: int, longest: int) -> list[str]:
    if not isinstance(texts, list) or not 1 <= len(texts) <= most:
        return [f"must hold 1 to {most} items"]
    return [problem for text in texts for problem in _text_problems(text, longest=longest)]


def _text_problems(text: object, *, longest: int, kinds: set[str] | None = None) -> list[str]:
    if not isinstance(text, dict) or text.get("type") not in (kinds or {"plain_text", "mrkdwn"}):
        return ["must be a text object of an allowed type"]
    allowed = {"type", "text", "verbatim" if text["type"] == "mrkdwn" else "emoji"}
    problems = [f"invalid additional property: {key}" for key in set(text) - allowed]
    if not isinstance(text.get("text"), str) or not 1 <= len(text["text"]) <= longest:
        problems.append(f"must be between 1 and {longest} characters")
    return problems


def control_sequences(message: Message) -> list[str]:
    """Everything in a message that Slack would turn into a mention, a link or a date, or a bare @here that it would parse."""
    found: list[str] = []
    for text in [*_texts(message.blocks), {"type": "mrkdwn", "text": message.text, "verbatim": message.arguments.get("parse") == "none"}]:
        if text["type"] == "mrkdwn":
            found += re.findall(r"<[^>]*>", text["text"])
            found += [] if text.get("verbatim") else re.findall(r"(?<!\w)[@#]\w+|https?://\S+", text["text"])
    return found


def _texts(blocks: object) -> Iterator[dict[str, Any]]:
    for part in blocks if isinstance(blocks, list) else (blocks.values() if isinstance(blocks, dict) else ()):
        if isinstance(part, dict) and part.get("type") in {"plain_text", "mrkdwn"}:
            yield part
        else:
            yield from _texts(part)
