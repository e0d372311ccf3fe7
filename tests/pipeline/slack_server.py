"""A server on this machine that plays Slack's Web API, as strictly as Slack does, and can be told to be in trouble."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import defaultdict, deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOKEN = "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy"
"""A made-up token in the form of a real one."""
CHANNEL = "C0BASE0001"
OPERATIONS = "C0BASE0002"
WEBHOOK = "/services/T0BASE/B0BASE/nU5Rv0mZ8p2QkYdL4sXw1aTe"
"""Where the incoming webhook is on this server; a made-up one in the form of a real one."""
LARGEST_FILE = 1_000_000
Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Trouble:
    """One answer that goes wrong."""

    status: int = 200
    error: str = ""
    retry_after: int | None = None
    drops_connection: bool = False
    comes_after_accepting: bool = False
    """What was asked is done before the answer goes wrong."""
    seconds: float = 0
    """How long it takes until there is an answer."""


@dataclass
class Message:
    channel: str
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    arguments: Mapping[str, Any]
    thread_files: list[tuple[str, bytes]] = field(default_factory=list)
    """Title and bytes of each file in the message's thread."""
    replies: list[Message] = field(default_factory=list)
    changes_count: int = 0

    @property
    def told(self) -> dict[str, Any]:
        """The message as the methods that look give it, with its metadata."""
        return {"type": "message", "ts": self.ts, "text": self.text, "metadata": self.arguments.get("metadata") or {}}


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
        self.lock = threading.Lock()
        self.token = TOKEN
        self.channels = {CHANNEL: "#customers", OPERATIONS: "#operations"}
        self.messages: list[Message] = []
        self.messages_count = 0
        self.webhook_messages: list[dict[str, Any]] = []
        self.knows_messages_again = True
        """Whether a second message of one client_msg_id is taken for the first."""
        self.messages_at_once = 200
        """The most messages on a page of a channel's history."""
        self.files: dict[str, File] = {}
        self.asked: list[str] = []
        """Every method that was asked, in order; `upload` for a file's bytes."""
        self.upload_tokens: list[str | None] = []
        """What came as a token with each file's bytes; the place for files is to get none."""
        self.troubles: defaultdict[str, deque[Trouble]] = defaultdict(deque)

    def will(self, method: str, *troubles: Trouble) -> None:
        """The next answers of that method are troubles; after them it is well again."""
        self.troubles[method].extend(troubles)

    @property
    def webhook(self) -> str:
        """The address of the incoming webhook."""
        return f"{self.url}{WEBHOOK}"

    def answer(self, method: str, *, token: str | None, arguments: Mapping[str, Any]) -> dict[str, Any]:
        methods = {
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "conversations.history": self._history,
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
        return self._posted(Message(channel, self._next_ts(), text, blocks, arguments))

    def _posted(self, message: Message) -> dict[str, Any]:
        """The message in its place, or the one that has its client_msg_id."""
        root = self._message(message.channel, message.arguments.get("thread_ts"))
        if message.arguments.get("thread_ts") and root is None:
            return _refusal("thread_not_found")
        place = root.replies if root else self.messages
        own_id = message.arguments.get("client_msg_id")
        known = next((one for one in place if own_id and one.arguments.get("client_msg_id") == own_id), None)
        if known is None or not self.knows_messages_again:
            place.append(message)
            known = message
        return {"ok": True, "channel": known.channel, "ts": known.ts, "message": {"text": known.text, "blocks": known.blocks}}

    def _next_ts(self) -> str:
        """The place in the channel: seconds by the clock, and a number that no other message has."""
        self.messages_count += 1
        return f"{int(time.time())}.{self.messages_count:06d}"

    def _message(self, channel: object, ts: object) -> Message | None:
        return next((one for one in self.messages if (one.channel, one.ts) == (channel, ts)), None)

    def _update(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        message, problems = self._message(arguments.get("channel"), arguments.get("ts")), block_problems(arguments.get("blocks", []))
        if message is None:
            return _refusal("message_not_found")
        if problems:
            return {**_refusal("invalid_blocks"), "response_metadata": {"messages": problems}}
        message.text, message.blocks, message.changes_count = arguments["text"], arguments["blocks"], message.changes_count + 1
        message.arguments = {**message.arguments, "metadata": arguments.get("metadata")}
        return {"ok": True, "channel": message.channel, "ts": message.ts, "text": message.text}

    def _history(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if arguments.get("channel") not in self.channels:  # an id: this method takes no channel's name
            return _refusal("channel_not_found")
        oldest = float(arguments.get("oldest") or 0)
        newest_first = [one for one in reversed(self.messages) if one.channel == arguments["channel"] and float(one.ts) > oldest]
        first = int(arguments.get("cursor") or 0)
        last = first + min(int(arguments.get("limit", 100)), self.messages_at_once)
        more = str(last) if last < len(newest_first) else ""
        told = [one.told if arguments.get("include_all_metadata") else {**one.told, "metadata": {}} for one in newest_first[first:last]]
        return {"ok": True, "messages": told, "has_more": bool(more), "response_metadata": {"next_cursor": more}}

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
        root = self._message(arguments.get("channel"), arguments.get("ts"))
        if root is None:
            return _refusal("thread_not_found")
        files = [{"ts": f"{root.ts}{number}", "files": [{"title": title}]} for number, (title, _) in enumerate(root.thread_files)]
        return {"ok": True, "messages": [root.told, *(reply.told for reply in root.replies), *files]}

    def take_from_webhook(self, body: bytes) -> tuple[int, str]:
        """Take a message as an incoming webhook does; gives the HTTP status and the words."""
        message = json.loads(body)
        if not message.get("text") and not message.get("blocks"):
            return 400, "no_text"
        if block_problems(message.get("blocks", [])):
            return 400, "invalid_blocks"
        self.webhook_messages.append(message)
        return 200, "ok"


def _unpacked(name: str, value: str) -> Any:
    """A form's value; what Slack takes as JSON within a form is unpacked."""
    return json.loads(value) if name in {"metadata", "blocks"} else value


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
        method = self._method()
        with slack.lock:
            slack.asked.append(method)
            trouble = slack.troubles[method].popleft() if slack.troubles[method] else None
            answer = self._answer(method, body) if trouble is None or trouble.comes_after_accepting else None
        threading.Event().wait(trouble.seconds if trouble else 0)  # a test may have taken the clock's place
        if trouble and trouble.drops_connection:
            self.close_connection = True
        elif trouble and not trouble.seconds:
            self._send(trouble.status, json.dumps(_refusal(trouble.error)), retry_after=trouble.retry_after)
        elif answer:
            with suppress(OSError):  # who asked has lost patience
                self._send(*answer)

    def _method(self) -> str:
        if self.path.startswith("/upload/v1/"):
            return "upload"
        return "webhook" if self.path.startswith("/services/") else self.path.removeprefix("/api/")

    def _answer(self, method: str, body: bytes) -> tuple[int, str]:
        slack = self.server.slack
        if method == "upload":
            slack.upload_tokens.append(self.headers.get("Authorization"))
            return slack.receive(self.path.rpartition("/")[2], body), f"OK - {len(body)}"
        if method == "webhook":
            return slack.take_from_webhook(body) if self.path == WEBHOOK else (404, "no_service")
        if not self.path.startswith("/api/"):
            return 404, "<html><body>There is no such page.</body></html>"
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
        return 200, json.dumps(slack.answer(method, token=token, arguments=self._arguments(body)))

    def _arguments(self, body: bytes) -> dict[str, Any]:
        if (self.headers.get("Content-Type") or "").startswith("application/json"):
            return json.loads(body)
        return {name: _unpacked(name, values[0]) for name, values in parse_qs(body.decode()).items()}

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


BLOCKS_MAX, HEADER_MAX, SECTION_MAX, FIELDS_MAX, FIELD_MAX, ELEMENTS_MAX, BUTTONS_MAX = 50, 150, 3_000, 10, 2_000, 10, 25
KEYS = {"header": {"text"}, "section": {"text", "fields"}, "context": {"elements"}, "actions": {"elements"}, "divider": set()}
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
    if kind == "actions":
        problems += _button_problems(block.get("elements"))
    if kind == "section" and not {"text", "fields"} & set(block):
        problems.append("missing required field: text or fields")
    if "fields" in block:
        problems += _list_problems(block["fields"], most=FIELDS_MAX, longest=FIELD_MAX)
    if kind == "section" and "text" in block:
        problems += _text_problems(block["text"], longest=SECTION_MAX)
    return problems


def _button_problems(buttons: object) -> list[str]:
    """Buttons that open an address: a plain text of at most 75 characters, an address of at most 3,000."""
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= BUTTONS_MAX:
        return [f"must hold 1 to {BUTTONS_MAX} items"]
    problems = [problem for each in buttons for problem in _text_problems(each.get("text"), longest=75, kinds={"plain_text"})]
    return problems + ["invalid url" for each in buttons if not re.fullmatch(r"https?://\S{1,2990}", str(each.get("url")))]


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
