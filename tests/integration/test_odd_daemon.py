"""pacectl against a daemon that says odd things: it takes what is an answer to its question, and ends. argv[1]: the folder of
the binaries."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import debian_python  # noqa: E402, F401

import json  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402
import unittest  # noqa: E402

import zmq  # noqa: E402
from daemon_process import LINGER_MS, running  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
PATIENCE_MS = 60000
SOURCE = {"name": "/crm", "events": 1}


class Odd(unittest.TestCase):
    def asked(self, *answers):
        """What `pacectl sources` asks a daemon, its exit code and words. Each of `answers` gives, for a question's id, the
        messages that come."""
        questions = []
        with tempfile.TemporaryDirectory() as folder, zmq.Context() as context, context.socket(zmq.ROUTER) as daemon:
            path = os.path.join(folder, "control.sock")
            daemon.setsockopt(zmq.LINGER, LINGER_MS)
            daemon.bind("ipc://" + path)
            with running([BIN + "/pacectl", "--socket", path, "sources"], stdout=subprocess.PIPE, text=True) as ctl:
                for answer in answers:
                    self.assertTrue(daemon.poll(PATIENCE_MS), "it asks no more")
                    peer, _, body = daemon.recv_multipart()
                    questions.append(json.loads(body))
                    for frames in answer(questions[-1]["id"]):
                        daemon.send_multipart([peer, *frames])
                told, _ = ctl.communicate(timeout=PATIENCE_MS / 1000)
            self.assertFalse(daemon.poll(0), "it asks again")
        return [question.get("from") for question in questions], ctl.returncode, told

    @staticmethod
    def page(number, **more):
        return [b"PACE1", json.dumps({"ok": True, "items": [SOURCE], "id": number, **more}).encode()]

    def test_a_page_that_names_itself_is_the_last(self):
        def again(number):
            return [self.page(number, next=7)]
        places, code, told = self.asked(again, again)
        self.assertEqual((places, code, told.count("/crm")), ([None, 7], 0, 2))

    def test_pages_go_on(self):
        pages = [lambda number, n=n: [self.page(number, next=n)] for n in (1, 2, 3)]
        places, code, told = self.asked(*pages, lambda number: [self.page(number)])
        self.assertEqual((places, code, told.count("/crm")), ([None, 1, 2, 3], 0, 4))

    def test_what_is_no_answer(self):
        odd = [[b"PACE1"], [b"", b"{}"], [b"PACE1", b"nonsense"], [b"PACE1", b"[]"], self.page(99), [b"PACE1", b"{}", b"more"]]
        places, code, told = self.asked(lambda number: [*odd, self.page(number)])
        self.assertEqual((places, code, told.count("/crm")), ([None], 0, 1))


if __name__ == "__main__":
    unittest.main(verbosity=2)
