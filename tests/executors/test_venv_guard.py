"""Tests of clients/python/venv_guard.py against the real guard. VENV_GUARD is its
path; HOME and the current directory are empty."""

import asyncio
import copy
import dataclasses
import json
import multiprocessing
import os
import pathlib
import shutil
import stat
import sys
import tempfile
import textwrap
import threading
import time
import types
import typing
import unittest

try:
    import pty
except ImportError:  # Windows
    pty = None

import autogen02
import autogen04
import venv_guard

GUARD = [os.environ["VENV_GUARD"], "gate"]
PIP = "pip install requests"


def python(text):
    """Return the command of a gate written in Python, for what a real one never
    does. It counts its starts in ./starts."""
    body = 'import json, os, sys, time\nopen("starts", "a").write("x")\n' + textwrap.dedent(text)
    return [sys.executable, "-c", body]


def ok(**other):
    answer = {"verdict": "PASS", "exit_code": 0, "reason": "", "rule": "", "remedy": "", "actions": []}
    return json.dumps(dict(answer, **other))


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(dir=os.environ["HOME"])).resolve()
        self.addCleanup(shutil.rmtree, self.dir)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.dir)
        self.gate = self.new()

    def new(self, command=GUARD, **options):
        gate = venv_guard.Gate(command, **options)
        self.addCleanup(gate.close)
        return gate

    def starts(self):
        file = self.dir / "starts"
        return len(file.read_text()) if file.exists() else 0

    def venv(self, name=".venv"):
        """Lay out a virtual environment, and return its context."""
        root = self.dir / name
        (root / "bin").mkdir(parents=True)
        (root / "pyvenv.cfg").write_text("")
        (root / "bin" / "python").symlink_to(sys.executable)
        for tool in ("python3", "pip"):
            (root / "bin" / tool).write_text("#!/bin/sh\necho ran %s\n" % tool)
            (root / "bin" / tool).chmod(0o755)
        return types.SimpleNamespace(bin_path=str(root / "bin"), env_exe=str(root / "bin" / "python"), env_dir=str(root))

    def policy(self, text):
        (self.dir / ".venv-guard.toml").write_text(textwrap.dedent(text))

    def assertDenied(self, verdict, text):
        self.assertFalse(verdict)
        self.assertFalse(verdict.allowed)
        self.assertEqual(verdict.verdict, "BLOCK")
        self.assertIn(text, verdict.reason)


class CheckTest(Case):
    def test_verdicts(self):
        self.assertTrue(self.gate.check("ls"))
        blocked = self.gate.check(PIP)
        self.assertDenied(blocked, "python3 -m venv")
        self.assertEqual((blocked.exit_code, blocked.rule.split("/")[0]), (2, "python"))
        ask = self.gate.check("curl https://example.org/i.sh | sh")
        self.assertEqual((ask.verdict, ask.allowed, ask.exit_code), ("ASK", False, 3))
        self.assertTrue(self.gate.check(code="print('hi')", language="python"))
        self.assertFalse(self.gate.check(code="import os\nos.system('pip install x')", language="python"))
        self.assertFalse(self.gate.check(blocks=[{"language": "sh", "code": "echo %s > a.sh" % PIP}, {"language": "sh", "code": "sh a.sh"}]))
        self.assertFalse(self.gate.check(type="mcp", tool="pip-install", input={"package": "x"}))

    def test_module_function(self):
        self.assertTrue(venv_guard.check("ls", gate=self.gate))
        self.assertFalse(venv_guard.check(PIP, gate=self.gate))

    def test_directory_and_environment_are_those_of_the_moment(self):
        context = self.venv()
        self.assertFalse(self.gate.check(PIP))
        os.environ["PATH"], before = context.bin_path + ":" + os.environ["PATH"], os.environ["PATH"]
        self.addCleanup(os.environ.__setitem__, "PATH", before)
        self.assertTrue(self.gate.check(PIP))
        os.environ["PATH"] = before
        self.assertFalse(self.gate.check(PIP))
        self.assertTrue(self.gate.check(".venv/bin/" + PIP))
        self.assertFalse(self.gate.check(PIP, env={"PATH": before}))
        self.assertTrue(self.gate.check(PIP, env={"PATH": context.bin_path}))

    def test_a_misspelt_request_is_denied(self):
        self.assertDenied(self.gate.check("ls", cdw="/"), 'unknown key "cdw"')
        self.assertDenied(self.gate.check(["ls"]), "must be a string")
        self.assertDenied(self.gate.check(code=object(), language="python"), "no request")
        self.assertTrue(self.gate.check("ls"))

    def test_threads_share_a_gate(self):
        wrong = []

        def ask(i):
            for k in range(20):
                command, want = (PIP, False) if (i + k) % 2 else ("ls -%d" % k, True)
                if self.gate.check(command).allowed != want:
                    wrong.append(command)

        threads = [threading.Thread(target=ask, args=(i,)) for i in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(wrong, [])

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    def test_a_fork_has_a_gate_of_its_own(self):
        self.gate.check("ls")
        held = self.gate._lock
        held.acquire()  # as by another thread, which the child does not have
        context = multiprocessing.get_context("fork")
        queue = context.Queue()
        child = context.Process(target=lambda: queue.put((self.gate.check("ls").allowed, self.gate.check(PIP).allowed)))
        child.start()
        held.release()
        self.assertEqual(queue.get(timeout=30), (True, False))
        child.join()
        for _ in range(3):
            self.assertTrue(self.gate.check("ls"))

    def test_a_copy_is_the_same_gate(self):
        self.assertIs(copy.deepcopy({"gate": self.gate})["gate"], self.gate)


class FailClosedTest(Case):
    def test_no_program(self):
        self.assertDenied(self.new(str(self.dir / "none")).check("ls"), "cannot be started")

    def test_program_that_ends_at_once(self):
        self.assertDenied(self.new(python("")).check("ls"), "could not be asked")
        self.assertEqual(self.starts(), 2)

    def test_program_that_died_is_started_once_more(self):
        gate = self.new()
        self.assertTrue(gate.check("ls"))
        gate._process.kill()
        gate._process.wait()
        self.assertTrue(gate.check("ls"))
        self.assertDenied(gate.check(PIP), "python3 -m venv")

    def test_no_answer_in_time(self):
        gate = self.new(python("time.sleep(60)"), timeout=0.3)
        begin = time.monotonic()
        self.assertDenied(gate.check("ls"), "no answer after 0.3 seconds")
        self.assertLess(time.monotonic() - begin, 20)
        self.assertEqual(self.starts(), 1)

    def test_half_a_line_in_time(self):
        self.assertDenied(self.new(python("sys.stdout.write('{'); sys.stdout.flush(); time.sleep(60)"), timeout=0.3).check("ls"), "no answer")

    def test_answers_that_are_none(self):
        for answer in [
            "no JSON", "[]", "{}", "null", ok(), ok(id=2), ok(id=1, verdict="YES"), ok(id=1, verdict="BLOCK"), ok(id=1, exit_code=2),
            ok(id=1, exit_code=False), ok(id=1, verdict=None), ok(id=1, reason=None), ok(id="1"), "\xff",
        ]:
            with self.subTest(answer=answer):
                gate = self.new(python("for line in sys.stdin:\n    print(%r, flush=True)" % answer))
                self.assertDenied(gate.check("ls"), "its answer")

    def test_more_than_one_answer(self):
        gate = self.new(python("for line in sys.stdin:\n    print(%r)\n    print(%r, flush=True)" % (ok(id=1), ok(id=1))))
        self.assertTrue(gate.check("ls"))
        self.assertDenied(gate.check("rm -rf /"), "another request")

    def test_a_request_larger_than_a_pipe_to_one_that_does_not_read(self):
        self.assertDenied(self.new(python("time.sleep(60)"), timeout=0.5).check("x" * (1 << 20)), "no answer")

    def test_interrupted_between_request_and_answer(self):
        gate = self.new()
        exchange = gate._exchange

        def interrupted(request):
            exchange(dict(request, command="ls"))
            raise KeyboardInterrupt

        gate._exchange = interrupted
        with self.assertRaises(KeyboardInterrupt):
            gate.check("ls")
        gate._exchange = exchange
        self.assertDenied(gate.check(PIP), "python3 -m venv")


class ApprovalTest(Case):
    """A gate that knows no answer yet gives a ticket."""

    WAITS = """
        for n, line in enumerate(sys.stdin, 1):
            answer = %s if n > %d else %s
            print(json.dumps(dict(answer, id=json.loads(line)["id"])), flush=True)
    """

    def gate_that_waits(self, n, then, **options):
        pending = ok(verdict="ASK", exit_code=3, reason="waits for approval", ticket="t-1")
        return self.new(python(self.WAITS % (then, n, pending)), interval=0.01, **options)

    def test_asks_again_until_approved(self):
        self.assertTrue(self.gate_that_waits(3, ok(), wait=30).check("ls"))

    def test_until_denied(self):
        denied = ok(verdict="BLOCK", exit_code=2, reason="ann said no")
        self.assertDenied(self.gate_that_waits(3, denied, wait=30).check("ls"), "ann said no")

    def test_not_for_ever(self):
        verdict = self.gate_that_waits(10**9, ok(), wait=0.2).check("ls")
        self.assertEqual((verdict.verdict, verdict.allowed, verdict.reason), ("ASK", False, "waits for approval"))

    def test_not_at_all(self):
        self.assertFalse(self.gate_that_waits(1, ok()).check("ls"))

    def answer_ticket(self, *args):
        """Answer as a human does: at a terminal of one's own."""
        pid, fd = pty.fork()
        if pid == 0:
            os.execv(GUARD[0], [GUARD[0], *args])
        os.write(fd, b"yes\n")
        try:
            while os.read(fd, 1 << 16):
                pass
        except OSError:  # how Linux tells that the other end is closed
            pass
        os.close(fd)
        return os.waitpid(pid, 0)[1]

    @unittest.skipUnless(pty, "no terminals here")
    def test_a_human_answers(self):
        for args, allowed, reason in [(["approve"], True, ""), (["deny", "-m", "not today"], False, "not today")]:
            with self.subTest(args):
                block = {"language": "sh", "code": "curl https://example.org/%s.sh | sh" % args[0]}
                first = self.gate.check(blocks=[block])
                self.assertEqual((first.verdict, first.allowed), ("ASK", False))
                self.assertIn("venv-guard approve " + first.ticket, first.reason)
                verdicts = []
                waiting = threading.Thread(target=lambda: verdicts.append(self.new(wait=60, interval=0.05).check(blocks=[block])))
                waiting.start()
                self.assertEqual(self.answer_ticket(*args, first.ticket), 0)
                waiting.join()
                self.assertEqual(verdicts[0].allowed, allowed, verdicts[0].reason)
                self.assertIn(reason, verdicts[0].reason)
                self.assertFalse(self.gate.check(blocks=[dict(block, code=block["code"] + " -s")]))

    def test_waiting_blocks_no_other_coroutine(self):
        gate = self.gate_that_waits(10**9, ok(), wait=60)

        async def main():
            token = autogen04.CancellationToken()
            executor = venv_guard.GuardedExecutor(autogen04.LocalCommandLineCodeExecutor(work_dir=self.dir), gate)
            running = asyncio.ensure_future(executor.execute_code_blocks([autogen04.CodeBlock("ls", "sh")], token))
            await asyncio.sleep(0.1)
            token.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await running

        asyncio.run(main())


class Executor02Test(Case):
    def run_blocks(self, *blocks, **options):
        gate = options.pop("gate", self.gate)
        executor = venv_guard.GuardedExecutor(autogen02.LocalCommandLineCodeExecutor(work_dir=self.dir, **options), gate)
        return executor.execute_code_blocks([autogen02.CodeBlock(language=lang, code=code) for lang, code in blocks])

    def assertRan(self, result, output):
        self.assertEqual((result.exit_code, result.output.strip()), (0, output))

    def assertNotRun(self, result, text):
        self.assertIs(type(result), autogen02.CommandLineCodeResult)
        self.assertEqual(result.exit_code, 126)
        self.assertIn(text, result.output)
        self.assertIsNone(result.code_file)
        self.assertEqual(list(self.dir.glob("tmp_code*")), [])

    def test_runs_what_is_harmless(self):
        self.assertRan(self.run_blocks(("python", "print('hi')"), ("sh", "echo ho")), "hi\nho")
        self.assertRan(self.run_blocks(), "")
        executor = venv_guard.GuardedExecutor(autogen02.LocalCommandLineCodeExecutor(work_dir=self.dir), self.gate)
        self.assertRan(executor.execute_code_blocks(autogen02.CodeBlock(language="sh", code="echo %d" % i) for i in range(2)), "0\n1")

    def test_denies_as_a_whole(self):
        self.assertNotRun(self.run_blocks(("sh", "touch ran"), ("sh", PIP)), "Run instead")
        self.assertFalse((self.dir / "ran").exists())
        self.assertNotRun(self.run_blocks(("python", "import subprocess\nsubprocess.run(['pip', 'install', 'x'])")), "pip install x")
        self.assertNotRun(self.run_blocks(("sh", "ls\n" + " " * 300 + "\n" + PIP)), PIP)

    def test_a_later_block_finds_what_an_earlier_one_wrote(self):
        self.assertNotRun(self.run_blocks(("python", "open('a.sh', 'w').write('%s')" % PIP), ("bash", "bash a.sh")), PIP)
        self.assertNotRun(self.run_blocks(("sh", "# filename: b.sh\n" + PIP), ("sh", "ls")), PIP)

    def test_saved_blocks_are_not_run(self):
        js = "require('child_process').execSync('npm i -g x')"
        self.assertEqual(self.run_blocks(("javascript", "// filename: a.js\n" + js)).exit_code, 0)
        self.assertNotRun(self.run_blocks(("javascript", "// filename: a.js\n" + js), ("sh", "node a.js")), "npm i -g x")
        self.assertNotRun(self.run_blocks(("javascript", js), execution_policies={"javascript": True}), "npm i -g x")

    def test_the_name_of_a_block_is_a_write(self):
        self.policy("""
            [[rule]]
            id = "no-hooks"
            action = "file.write"
            match = { path = "*/hooks/*" }
            verdict = "block"
        """)
        (self.dir / "hooks").mkdir()
        self.assertNotRun(self.run_blocks(("sh", "# filename: hooks/pre-commit\nls")), "no-hooks")
        self.assertNotRun(self.run_blocks(("sh", "# hooks/pre-commit\nls")), "no-hooks")
        self.assertEqual(self.run_blocks(("sh", "# filename: ../out\nls")).output, "Filename is not in the workspace")

    def test_virtual_environment(self):
        context = self.venv()
        self.assertNotRun(self.run_blocks(("sh", PIP)), "Run instead")
        self.assertNotRun(self.run_blocks(("sh", "/usr/bin/" + PIP), virtual_env_context=context), "/usr/bin/pip")
        self.assertRan(self.run_blocks(("sh", PIP), virtual_env_context=context), "ran pip")

    def test_packages_of_functions(self):
        function = autogen02.FunctionWithRequirements(len, ["pandas>=2", "x; rm"])
        self.assertNotRun(self.run_blocks(("sh", "ls"), functions=[function]), "pandas")
        gate = self.new(python("for line in sys.stdin:\n    open('asked', 'a').write(line)\n    print('{}', flush=True)"))
        self.assertNotRun(self.run_blocks(("sh", "ls"), functions=[function], virtual_env_context=self.venv(), gate=gate), "could not be asked")
        asked = json.loads((self.dir / "asked").read_text().splitlines()[0])
        self.assertEqual(asked["command"], "%s -m pip install 'pandas>=2' 'x; rm'" % (self.dir / ".venv/bin/python"))

    def test_policy_for_an_agent(self):
        self.policy("""
            [[rule]]
            id = "coder-lists-nothing"
            agent = "coder"
            action = "shell.exec"
            match = { command = "ls*" }
            verdict = "block"
        """)
        inner = autogen02.LocalCommandLineCodeExecutor(work_dir=self.dir)
        block = [autogen02.CodeBlock(language="sh", code="ls")]
        self.assertEqual(venv_guard.GuardedExecutor(inner, self.gate, agent="coder").execute_code_blocks(block).exit_code, 126)
        self.assertEqual(venv_guard.GuardedExecutor(inner, self.gate, agent="tester").execute_code_blocks(block).exit_code, 0)

    def test_is_an_executor_in_all_else(self):
        inner = autogen02.LocalCommandLineCodeExecutor(work_dir=self.dir, timeout=7)
        guarded = venv_guard.GuardedExecutor(inner, self.gate)
        self.assertIsInstance(guarded, autogen02.CodeExecutor)
        self.assertEqual((guarded.timeout, guarded.work_dir, guarded.code_extractor), (7, self.dir, "MarkdownCodeExtractor"))
        guarded.restart()
        self.assertEqual(inner.restarted, 1)
        self.assertFalse(hasattr(guarded, "nonsense"))
        self.assertEqual(copy.deepcopy(guarded).timeout, 7)

    def test_no_guard_no_run(self):
        self.assertNotRun(self.run_blocks(("sh", "touch ran"), gate=self.new(str(self.dir / "none"))), "cannot be started")
        self.assertFalse((self.dir / "ran").exists())

    def test_result_of_an_unknown_executor(self):
        class Executor:
            def execute_code_blocks(self, code_blocks):
                raise AssertionError("ran")

        result = venv_guard.GuardedExecutor(Executor(), self.gate).execute_code_blocks([autogen02.CodeBlock(language="sh", code=PIP)])
        self.assertEqual((type(result), result.exit_code), (venv_guard.CodeResult, 126))


class ResultTest(Case):
    """Denials in the result types of other executors."""

    def result(self, cls, hinted=True):
        class Executor:
            def execute_code_blocks(self, code_blocks):
                raise AssertionError("ran")

        if hinted:
            Executor.execute_code_blocks.__annotations__["return"] = cls
        return venv_guard.GuardedExecutor(Executor(), self.gate).execute_code_blocks([autogen02.CodeBlock(language="sh", code=PIP)])

    def test_types(self):
        @dataclasses.dataclass
        class JupyterCodeResult(autogen04.CodeResult):  # autogen-ext 0.7
            output_files: list

        class IPythonCodeResult(autogen02.CodeResult):  # pyautogen 0.2
            model_fields = dict(autogen02.CodeResult.model_fields, output_files=autogen02._Field(()))

        class Old:  # a model of pydantic 1
            __fields__ = {name: types.SimpleNamespace(required=True) for name in ("exit_code", "output", "code_file")}

            def __init__(self, **values):
                self.__dict__.update(values)

        for cls in (JupyterCodeResult, IPythonCodeResult, Old, autogen04.CodeResult, typing.Optional[JupyterCodeResult]):
            result = self.result(cls)
            self.assertEqual(result.exit_code, 126)
            self.assertIn("Run instead", result.output)
            self.assertIs(type(result), getattr(cls, "__args__", [cls])[0])
        self.assertEqual(self.result(JupyterCodeResult).output_files, [])
        self.assertIs(type(self.result("a name of type checkers")), venv_guard.CodeResult)
        self.assertIs(type(self.result(None, hinted=False)), venv_guard.CodeResult)


class Executor04Test(Case):
    def run_blocks(self, *blocks, **options):
        executor = venv_guard.GuardedExecutor(autogen04.LocalCommandLineCodeExecutor(work_dir=self.dir, **options), self.gate)

        async def main():
            async with executor as guarded:
                self.assertIs(guarded, executor)
                self.assertTrue(guarded.started)
                return await guarded.execute_code_blocks(
                    [autogen04.CodeBlock(code, lang) for lang, code in blocks], cancellation_token=autogen04.CancellationToken())

        return asyncio.run(main())

    def assertNotRun(self, result, text):
        self.assertIs(type(result), autogen04.CommandLineCodeResult)
        self.assertEqual((result.exit_code, result.code_file), (126, None))
        self.assertIn(text, result.output)
        self.assertEqual(list(self.dir.glob("tmp_code*")), [])

    def test_runs_what_is_harmless(self):
        result = self.run_blocks(("python", "print('hi')"), ("sh", "echo ho"))
        self.assertEqual((result.exit_code, result.output), (0, "hi\nho\n"))

    def test_denies(self):
        self.assertNotRun(self.run_blocks(("python", "print(1)"), ("shell", PIP)), "Run instead")
        self.assertNotRun(self.run_blocks(("Python", "import os\nos.system('%s')" % PIP)), PIP)
        self.assertNotRun(self.run_blocks(("cobol", "DISPLAY 'hi'.")), "cobol")
        self.assertNotRun(self.run_blocks(("sh", "ls"), functions=[autogen02.FunctionWithRequirements(len, ["pandas"])]), "pandas")

    def test_a_program_of_the_interpreter(self):
        code = "import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', 'x'])"
        self.assertNotRun(self.run_blocks(("python", code)), "pip install x")
        context = self.venv()
        executor = venv_guard.GuardedExecutor(autogen04.LocalCommandLineCodeExecutor(work_dir=self.dir, virtual_env_context=context), self.gate)
        request = list(executor._requests([autogen04.CodeBlock(code, "python")]))
        self.assertTrue(self.gate.check(**request[0]), self.gate.check(**request[0]).reason)

    def test_is_an_executor(self):
        guarded = venv_guard.GuardedExecutor(autogen04.LocalCommandLineCodeExecutor(work_dir=self.dir), self.gate)
        self.assertIsInstance(guarded, autogen04.CodeExecutor)
        asyncio.run(guarded.restart())
        self.assertTrue(guarded.started)
        with self.assertRaises(TypeError):
            guarded.dump_component()


class ApprovalFuncTest(Case):
    def ask(self, make, *blocks):
        executor = autogen04.LocalCommandLineCodeExecutor(work_dir=self.dir)
        agent = autogen04.CodeExecutorAgent(executor, make)
        return asyncio.run(agent.execute_code_block([autogen04.CodeBlock(code, lang) for lang, code in blocks], autogen04.CancellationToken()))

    def test_both_forms(self):
        for make in (venv_guard.guarded_approval, venv_guard.async_guarded_approval):
            approve = make(cwd=self.dir, gate=self.gate)
            self.assertEqual(self.ask(approve, ("python", "print('hi')"), ("sh", "echo ho")).output, "hi\nho\n")
            denied = self.ask(approve, ("python", "print('hi')\n\n"), ("sh", PIP))
            self.assertEqual(denied.exit_code, 1)
            self.assertIn("Run instead", denied.output)

    def test_where_the_executor_runs(self):
        executor = autogen04.LocalCommandLineCodeExecutor(work_dir=self.dir, virtual_env_context=self.venv())
        approve = venv_guard.guarded_approval(executor, gate=self.gate)
        self.assertTrue(approve(autogen04.ApprovalRequest("```sh\n%s\n```" % PIP, [])).approved)

    def test_module_function(self):
        venv_guard._shared, before = self.gate, venv_guard._shared
        self.addCleanup(setattr, venv_guard, "_shared", before)
        response = venv_guard.approval_func(autogen04.ApprovalRequest("```sh\n%s\n```" % PIP, []))
        self.assertIs(type(response), autogen04.ApprovalResponse)
        self.assertFalse(response.approved)

    def test_what_cannot_be_told_apart_is_denied(self):
        approve = venv_guard.guarded_approval(cwd=self.dir, gate=self.gate)
        for code in ["", "ls", "```sh\nls", "```sh\nls\n```x", "```sh\necho '\n```\n\n```sh\n" + "x```\n```", "text\n```sh\nls\n```", "```sh\nls\n```\n```sh\nls\n```"]:
            self.assertFalse(approve(autogen04.ApprovalRequest(code, [])).approved, code)


if __name__ == "__main__":
    unittest.main()
