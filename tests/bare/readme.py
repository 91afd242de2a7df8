"""The two commands of README.md on a bare Debian, in a folder with a space, twice; the second time without a network."""

from __future__ import annotations

from tests.bare.machine import Network
from tests.bare.terminal import Terminal

NEEDED = "python3 python3-venv make"
"""What README.md says has to be there. git only brings the product, as a download would."""
FOLDER = "/srv/专家 系统"
SOME_TESTS = "tests/domain tests/documents -q -n 0"
PAGE = "http://127.0.0.1:8080/login/"
RUN = f"""\
make run >/root/run.log 2>&1 &
until grep -q 已启动 /root/run.log; do kill -0 $!; sleep 1; done
python3 -c "from urllib.request import urlopen; assert '登录' in urlopen('{PAGE}').read().decode()"
python3 -c "import sqlite3; assert sqlite3.connect('instance/registry.db').execute('SELECT count(*) FROM ab_user').fetchone()[0] > 50"
kill -INT -- -$!
wait $! || true
! (exec 3<>/dev/tcp/127.0.0.1/8080) 2>/dev/null
"""
MINUTES = 60


def follow(terminal: Terminal, network: Network) -> None:
    """Raises Failed at the first that does not work."""
    terminal.run(f"apt-get update -qq && apt-get install -y -qq {NEEDED} git >/dev/null")
    terminal.run(f"git clone -q /mnt/source.git '{FOLDER}' && apt-get purge -y -qq git >/dev/null; cd '{FOLDER}'")
    for time in ("first", "offline"):
        print(f"$ make run　（{time}）", flush=True)
        terminal.run(RUN, seconds=10 * MINUTES)
        print(f"$ make test PYTEST_ARGS='{SOME_TESTS}'　（{time}）", flush=True)
        terminal.run(f"make test PYTEST_ARGS='{SOME_TESTS}'", seconds=20 * MINUTES)
        network.cut()
