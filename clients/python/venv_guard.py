"""Ask venv-guard before code that an agent wrote runs.

    import venv_guard

    verdict = venv_guard.check("pip install requests")
    if not verdict:
        print(verdict.reason)

    executor = venv_guard.GuardedExecutor(LocalCommandLineCodeExecutor(work_dir="coding"))

One file without dependencies, for Python 3.8 and later. It needs the program
venv-guard, on PATH or named by Gate(command=...), and talks to one
`venv-guard gate` for all threads of the process. Whatever goes wrong denies: the
program is missing or dies twice, gives no answer in time, or one that cannot be
understood.

The interfaces of AutoGen are those of pyautogen 0.2.0 to 0.2.40 and ag2 0.3
(synchronous), and of autogen-core, autogen-ext and autogen-agentchat 0.4 to 0.7
(asynchronous). Nothing of them is imported.
"""

import abc
import asyncio
import atexit
import dataclasses
import inspect
import io
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
import typing
import weakref

__all__ = ["Verdict", "Gate", "check", "GuardedExecutor", "CodeResult", "approval_func", "guarded_approval", "async_guarded_approval"]

#: Exit status of code that was not run, as shells have it for a program that
#: cannot be executed.
DENIED = 126


class Verdict:
    """The answer to one request. It is true if what was asked about may run."""

    def __init__(self, answer):
        self.answer = answer  #: the JSON object, as clients/GATE.md has it
        self.verdict = answer["verdict"]  #: "PASS", "ALLOW", "ASK" or "BLOCK"
        self.exit_code = answer["exit_code"]
        self.reason = answer["reason"]
        self.rule = answer["rule"]
        self.remedy = answer["remedy"]
        self.ticket = answer.get("ticket", "")  #: of the approval that is waited for

    def __bool__(self):
        return self.verdict in ("PASS", "ALLOW") and self.exit_code == 0

    @property
    def allowed(self):
        return bool(self)

    def __repr__(self):
        return "Verdict(%s, %r)" % (self.verdict, self.reason)


class _Broken(Exception):
    """A gate that did not answer as it should. With a second argument there is no
    use in starting another."""


def _denied(reason):
    return Verdict({
        "id": None, "verdict": "BLOCK", "exit_code": 2, "reason": "venv-guard could not be asked, so this was not run: " + reason,
        "rule": "guard/refused", "remedy": "", "actions": [],
    })


def _understood(line, number):
    """Return the verdict that a line is. Anything unexpected is no verdict."""
    try:
        answer = json.loads(line.decode("utf-8"))
    except ValueError:
        raise _Broken("its answer is no JSON", "final")
    if not isinstance(answer, dict) or answer.get("id") != number:
        raise _Broken("its answer is to another request", "final")
    texts = [answer.get(key) for key in ("verdict", "reason", "rule", "remedy")]
    expected = {"PASS": 0, "ALLOW": 0, "ASK": 3, "BLOCK": 2}
    code = answer.get("exit_code")
    if not all(isinstance(text, str) for text in texts) or type(code) is not int or expected.get(texts[0]) != code:
        raise _Broken("its answer has no verdict", "final")
    return Verdict(answer)


class Gate:
    """One `venv-guard gate`, started when it is first asked. Threads may share
    it; a process that is forked starts its own.

    command       the program and its arguments
    timeout       seconds that one answer may take
    wait          seconds to wait for a human's approval, by asking again; 0 takes
                  a question for a denial at once
    interval      seconds to the first of these; each is half as far again, up to
                  ten times that
    client, agent, session
                  who asks, for policies and the log
    """

    def __init__(self, command=("venv-guard", "gate"), timeout=15.0, wait=0.0, interval=1.0, client="python", agent="", session=""):
        self.command = [command, "gate"] if isinstance(command, str) else list(command)
        self.timeout, self.wait, self.interval = timeout, wait, interval
        self.client, self.agent, self.session = client, agent, session
        self._number = 0
        self._lock = threading.Lock()
        self._process = self._answers = None
        _gates.add(self)

    def _forked(self):
        # The lock may be held by a thread that is not here, and the process is
        # the parent's: its pipes are only closed, nothing of them is buffered.
        process, self._process = self._process, None
        self._lock = threading.Lock()
        if process is not None:
            process.stdin.close()
            self._answers.close()
            process.returncode = 0  # not to be waited for

    def __deepcopy__(self, memo):
        return self  # frameworks copy their configuration


    def close(self):
        """End the process. The next request starts another."""
        with self._lock:
            self._end()

    def _end(self):
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        process.stdin.close()
        self._answers.close()

    def check(self, command=None, **request):
        """Ask about one request and return its Verdict.

        The arguments are the keys of a request: check("ls"), check(code="…",
        language="python"), check(blocks=[…]), check(type="file.write",
        path="…"). cwd is the current directory and env, the environment that
        the code will have, the current one unless they are given.
        """
        pauses = self._pauses()
        while True:
            verdict = self._ask(command, request)
            pause = next(pauses, None) if verdict.ticket and not verdict else None
            if pause is None:
                return verdict
            time.sleep(pause)

    async def acheck(self, command=None, **request):
        """check for asyncio: it blocks nobody, and can be cancelled."""
        loop = asyncio.get_running_loop()
        pauses = self._pauses()
        while True:
            verdict = await loop.run_in_executor(None, lambda: self._ask(command, request))
            pause = next(pauses, None) if verdict.ticket and not verdict else None
            if pause is None:
                return verdict
            await asyncio.sleep(pause)

    def _pauses(self):
        """Yield the seconds after which to ask again, until the wait is over."""
        end, pause = time.monotonic() + self.wait, self.interval
        while time.monotonic() < end:
            yield max(0.0, min(pause, end - time.monotonic()))
            pause = min(pause * 1.5, self.interval * 10)

    def _ask(self, command, request):
        try:
            request = self._complete(command, dict(request))
        except (TypeError, ValueError) as err:
            return _denied("this is no request: %s" % err)
        with self._lock:
            for last in (False, True):
                try:
                    return self._exchange(request)
                except _Broken as err:
                    self._end()
                    if last or err.args[1:]:
                        return _denied(err.args[0])
                except BaseException:  # the answer would be that to the next request
                    self._end()
                    raise

    def _complete(self, command, request):
        if command is not None:
            request["command"] = command
        if "type" not in request:
            request["type"] = "shell" if "command" in request else "code"
        for key in ("client", "agent", "session"):
            request.setdefault(key, getattr(self, key))
        request["cwd"] = os.path.abspath(request.get("cwd") or os.getcwd())
        env = request.pop("env", None)
        request["env"] = dict(os.environ if env is None else env)
        json.dumps(request)  # TypeError here and not between two lines
        return request

    def _exchange(self, request):
        if self._process is None:
            self._start()
        self._number += 1
        had, want = self._environ, request["env"]
        env = {name: want.get(name) for name in {*had, *want} if had.get(name) != want.get(name)}
        line = json.dumps(dict(request, env=env, id=self._number)).encode("ascii") + b"\n"
        process = self._process
        late = threading.Event()

        def stop():
            late.set()
            process.kill()

        timer = threading.Timer(self.timeout, stop)
        timer.daemon = True
        timer.start()
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[process.stdin.write(rest):]
            answer = self._answers.readline()
        except (OSError, ValueError) as err:
            answer, why = b"", "it does not listen (%s)" % err
        else:
            why = "it ended without an answer"
        finally:
            timer.cancel()
        if late.is_set():
            raise _Broken("no answer after %g seconds" % self.timeout, "final")
        if not answer.endswith(b"\n"):
            raise _Broken(why)
        return _understood(answer, self._number)

    def _start(self):
        self._environ = dict(os.environ)
        try:
            self._process = subprocess.Popen(self.command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self._environ)
            self._answers = io.BufferedReader(self._process.stdout)
        except OSError as err:
            raise _Broken("%s cannot be started (%s); install it or name it by Gate(command=...)" % (self.command[0], err), "final")


_gates = weakref.WeakSet()


def _forked():
    for gate in list(_gates):
        gate._forked()


def _ended():
    for gate in list(_gates):
        gate.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
atexit.register(_ended)

_shared = Gate()


def check(command=None, gate=None, **request):
    """Ask the shared gate, or another one, as Gate.check does."""
    return (gate or _shared).check(command, **request)


@dataclasses.dataclass
class CodeResult:
    """What an executor returns of which no result type can be found."""

    exit_code: int
    output: str
    code_file: typing.Optional[str] = None


class GuardedExecutor:
    """An executor of AutoGen that runs only what venv-guard lets through.

    It has everything that the executor has. execute_code_blocks asks about all
    blocks as a whole before the first is run; if they are denied, none is, and
    the executor's own result type is returned with exit code 126 and the reason.
    Packages that functions require (python_packages), which the executor would
    install by itself, are asked about before.
    """

    def __init__(self, executor, gate=None, agent=None, session=None):
        self._guard = (executor, gate or _shared, {k: v for k, v in (("agent", agent), ("session", session)) if v is not None})
        for base in type(executor).__mro__:
            if base.__name__ == "CodeExecutor" and isinstance(base, abc.ABCMeta):
                base.register(GuardedExecutor)  # for isinstance

    def __getattr__(self, name):
        if name == "_guard":  # before __init__, when it is copied
            raise AttributeError(name)
        return getattr(self._guard[0], name)

    def execute_code_blocks(self, code_blocks, *args, **kwargs):
        executor = self._guard[0]
        code_blocks = list(code_blocks)  # what is asked about is what runs
        if inspect.iscoroutinefunction(executor.execute_code_blocks):
            return self._execute(code_blocks, *args, **kwargs)
        gate, who = self._guard[1:]
        for request in self._requests(code_blocks):
            verdict = gate.check(**request, **who)
            if not verdict:
                return _result(executor, verdict)
        return executor.execute_code_blocks(code_blocks, *args, **kwargs)

    async def _execute(self, code_blocks, *args, **kwargs):
        executor, gate, who = self._guard
        token = kwargs.get("cancellation_token", args[0] if args else None)
        for request in self._requests(code_blocks):
            asking = asyncio.ensure_future(gate.acheck(**request, **who))
            if hasattr(token, "link_future"):
                token.link_future(asking)
            verdict = await asking
            if not verdict:
                return _result(executor, verdict)
        return await executor.execute_code_blocks(code_blocks, *args, **kwargs)

    def _requests(self, code_blocks):
        executor = self._guard[0]
        for place in _places(executor):
            interpreter = place.pop("interpreter")
            packages = _packages(executor)
            if packages:
                words = [interpreter, "-m", "pip", "install"] + packages
                yield dict(place, command=" ".join(shlex.quote(word) for word in words))
            blocks = [_block(executor, block, place["cwd"], interpreter) for block in code_blocks]
            if blocks:
                yield dict(place, type="code", blocks=blocks)

    # What is looked up on the type, and what would lose the guard.

    @property
    def code_extractor(self):
        return self._guard[0].code_extractor

    @property
    def user_capability(self):
        return self._guard[0].user_capability

    def restart(self, *args, **kwargs):
        return self._guard[0].restart(*args, **kwargs)

    def __enter__(self):
        self._guard[0].__enter__()
        return self

    def __exit__(self, *exc):
        return self._guard[0].__exit__(*exc)

    async def __aenter__(self):
        await self._guard[0].__aenter__()
        return self

    async def __aexit__(self, *exc):
        return await self._guard[0].__aexit__(*exc)

    def dump_component(self):
        raise TypeError("a guarded executor cannot be serialized: what is loaded again would not be guarded")


def _places(executor):
    """Return where and by what an executor runs code: once for every Python that
    may be the one. Versions differ: with a virtual environment it is that one's;
    else pyautogen up to 0.2.35 and autogen-ext take sys.executable, later
    pyautogen and ag2 what `python` is on PATH."""
    cwd = os.path.abspath(str(getattr(executor, "work_dir", None) or "."))
    env = dict(os.environ)
    context = getattr(executor, "_virtual_env_context", None)
    if context is not None:
        env["PATH"] = os.path.abspath(context.bin_path) + os.pathsep + env.get("PATH", "")
        return [{"cwd": cwd, "env": env, "interpreter": os.path.abspath(context.env_exe)}]
    found = [sys.executable or "python3"]
    other = shutil.which("python")
    if other and not inspect.iscoroutinefunction(executor.execute_code_blocks) and os.path.abspath(other) != os.path.abspath(found[0]):
        found.append(other)
    return [{"cwd": cwd, "env": env, "interpreter": python} for python in found]


def _packages(executor):
    """Return the packages that an executor will install before it runs code."""
    if getattr(executor, "_setup_functions_complete", False):
        return []
    packages = []
    for function in getattr(executor, "_functions", None) or []:
        packages += [str(p) for p in getattr(function, "python_packages", None) or []]
    return sorted(set(packages))


def _block(executor, block, cwd, interpreter):
    """Return a block as the gate wants it, and as the executor will run it."""
    language = block.language.lower()
    if os.name == "nt" and language in ("sh", "shell"):
        language = "ps1"
    out = {"language": language, "code": block.code}
    policies = getattr(executor, "execution_policies", None)
    if isinstance(policies, dict):
        out["run"] = bool(policies.get("python" if language in ("python", "py") else language, False))
    name = _file_name(executor, block.code, cwd)
    if name:
        out["file"] = name
    if language.startswith("py"):
        out["interpreter"] = interpreter
    return out


# How the first line of a block names its file (autogen 0.2.40, coding/utils.py;
# older ones and autogen-ext know only the last form, with "filename:").
_FILE_NAMES = [re.compile(p) for p in (
    r"<!-- (?:filename:)?(.+?) -->", r"/\* (?:filename:)?(.+?) \*/", r"// (?:filename:)?(.+)$", r"# filename:(.+)$",
)]


def _file_name(executor, code, cwd):
    """Return the name that a block is saved under, by the executor's own
    function where it has one. A name outside of cwd, with which no executor runs
    a block, is none."""
    for base in type(executor).__mro__:
        module = sys.modules.get(base.__module__)
        for name in ("_get_file_name_from_content", "get_file_name_from_content"):
            own = getattr(module, name, None)
            if callable(own):
                try:
                    return own(code, pathlib.Path(cwd))
                except ValueError:
                    return None
    line = code.split("\n")[0].strip()
    for pattern in _FILE_NAMES:
        match = pattern.match(line)
        if match:
            path = os.path.realpath(os.path.join(cwd, match.group(1).strip()))
            inside = os.path.realpath(cwd) + os.sep
            return path[len(inside):] if path.startswith(inside) else None
    return None


def _result(executor, verdict):
    """Return a denial as the executor's result type."""
    cls = _result_class(executor)
    values = {"exit_code": DENIED, "output": verdict.reason}
    for name, required in _fields(cls):
        if required and name not in values:
            values[name] = [] if name.endswith("s") else None  # output_files, code_file
    return cls(**values)


def _result_class(executor):
    method = type(executor).execute_code_blocks
    try:
        hint = typing.get_type_hints(method).get("return")
    except Exception:  # a name that is imported for type checkers only
        hint = None
    hints = [hint] + list(getattr(hint, "__args__", ()))
    for base in type(executor).__mro__:
        module = sys.modules.get(base.__module__)
        hints += [getattr(module, name, None) for name in ("CommandLineCodeResult", "CodeResult")]
    for cls in hints:
        if inspect.isclass(cls) and {"exit_code", "output"} <= {name for name, _ in _fields(cls)}:
            return cls
    return CodeResult


def _fields(cls):
    """Return the fields of a dataclass or a model of pydantic 1 or 2, and whether
    they must be given."""
    if dataclasses.is_dataclass(cls):
        missing = dataclasses.MISSING
        return [(f.name, f.init and f.default is missing and f.default_factory is missing) for f in dataclasses.fields(cls)]
    if hasattr(cls, "model_fields"):
        return [(name, f.is_required()) for name, f in cls.model_fields.items()]
    return [(name, bool(f.required)) for name, f in getattr(cls, "__fields__", {}).items()]


_FENCED = re.compile(r"```([^\n`]*)\n((?:(?!```)[\s\S])*)\n```(?:\n\n|$)")


def _unfenced(text):
    """Return the blocks of an ApprovalRequest, which are joined as Markdown
    (autogen-agentchat 0.7), or None if they cannot be told apart."""
    blocks, at = [], 0
    while at < len(text):
        match = _FENCED.match(text, at)
        if not match:
            return None
        blocks.append({"language": match.group(1).strip().lower(), "code": match.group(2)})
        at = match.end()
    return blocks


def _approval_requests(request, executor, cwd):
    blocks = _unfenced(request.code)
    if not blocks:
        return None
    places = _places(executor) if executor is not None else [{"cwd": cwd, "interpreter": sys.executable or "python3"}]
    out = []
    for place in places:
        interpreter = place.pop("interpreter")
        mine = [dict(b, interpreter=interpreter) if b["language"].startswith("py") else b for b in blocks]
        out.append(dict(place, type="code", blocks=mine))
    return out


def _response(request, approved, reason):
    """Return the answer to an ApprovalRequest: the type beside it in its module."""
    cls = getattr(sys.modules.get(type(request).__module__), "ApprovalResponse", None)
    return (cls or _ApprovalResponse)(approved=approved, reason=reason)


@dataclasses.dataclass
class _ApprovalResponse:
    approved: bool
    reason: str


_UNREADABLE = "venv-guard: the code blocks of this request cannot be told apart; keep ``` out of them"


def guarded_approval(executor=None, cwd=None, gate=None, **who):
    """Return an approval_func for autogen-agentchat's CodeExecutorAgent.

    executor (or cwd) says where the code will run; agent and session who asks.
    """

    def approve(request):
        verdict = None
        for asked in _approval_requests(request, executor, cwd) or ():
            verdict = (gate or _shared).check(**asked, **who)
            if not verdict:
                break
        return _approval(request, verdict)

    return approve


def async_guarded_approval(executor=None, cwd=None, gate=None, **who):
    """guarded_approval as a coroutine function, for long waits."""

    async def approve(request):
        verdict = None
        for asked in _approval_requests(request, executor, cwd) or ():
            verdict = await (gate or _shared).acheck(**asked, **who)
            if not verdict:
                break
        return _approval(request, verdict)

    return approve


def _approval(request, verdict):
    if verdict is None:
        return _response(request, False, _UNREADABLE)
    return _response(request, verdict.allowed, verdict.reason or "venv-guard: " + verdict.verdict)


def approval_func(request):
    """An approval_func for code that runs in the current directory."""
    return guarded_approval()(request)
