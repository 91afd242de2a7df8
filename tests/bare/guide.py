"""Follows docs/operations.md from its first block to its last on a bare Debian, as a new administrator would.

Each block of the guide has its ``Step`` here, in the guide's order, with what the guide leaves to the reader: an address, a
password, an answer. A block without a step, or a step without its block, is a failure: nothing is left out unsaid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.bare.server import DOMAIN, PASSWORD, Server
from tests.bare.terminal import Answers, Failed
from tests.support.guide import BLOCKS

NEWEST = r"/mnt/backup/registry/registry-\d{8}-\d{6}\.backup"
ADMIN, ADMIN_PASSWORD = "guanli", "Bare-machine@2026"


@dataclass(frozen=True)
class Step:
    """A block that begins with ``starts``."""

    starts: str
    own: Mapping[str, str] = field(default_factory=dict)
    """What stands in the guide for the reader's own, and the reader's own."""
    answers: Answers = ()
    says: tuple[str, ...] = ()
    """What has to be read on the screen."""
    status: int = 0
    before: Callable[[Server], Mapping[str, str] | None] = lambda _server: None
    """What the guide says in prose; may answer with more of ``own``."""
    after: Callable[[Server], object] = lambda _server: None
    left_out: str = ""
    """Why it is not run here."""


def _backups_folder(server: Server) -> None:
    server.terminal.run("systemctl start registry-backup.service")
    server.set(BACKUP_PATH="/mnt/backup/registry")


def _by_timer(server: Server) -> None:
    """A night that was missed is made up for, by the timer: none has been kept since yesterday."""
    kept = "/etc/systemd/system/registry-backup.timer.d"
    server.terminal.run(
        f"mkdir {kept}; printf '[Timer]\\nRandomizedDelaySec=0\\n' >{kept}/now.conf; systemctl daemon-reload\n"
        "systemctl stop registry-backup.timer\n"
        "touch -d '2 days ago' /var/lib/systemd/timers/stamp-registry-backup.timer\n"
        "before=$(ls /mnt/backup/registry | wc -l); sleep 1\n"
        "systemctl start registry-backup.timer\n"
        'until [ "$(ls /mnt/backup/registry/*.backup | wc -l)" -gt "$before" ]; do sleep 1; done\n'
        f"rm -r {kept}; systemctl daemon-reload; systemctl restart registry-backup.timer",
        seconds=120,
    )
    server.is_up()


def _newest(server: Server) -> Mapping[str, str]:
    found = re.findall(NEWEST, server.terminal.run("ls -1 /mnt/backup/registry/*.backup"))
    return {"/mnt/backup/registry/registry-20261129-030000.backup": found[-1]}


def _a_new_machine(server: Server) -> None:
    """The same restore, into an empty database, with an answer typed instead of ``--yes`` where there is one."""
    file = next(iter(_newest(server).values()))
    server.terminal.run(f"registry restore --replace {file}", [("替换", "替换")])
    server.terminal.run(
        "cd /; sudo -u postgres dropdb registry\n"
        "sudo -u postgres createdb --owner=registry --encoding=UTF8 --locale=C.UTF-8 --template=template0 registry\n"
        f"registry restore {file}\ncd /srv/registry"
    )
    if server.query("SELECT count(*) FROM ab_user") != "1":
        raise Failed("the administrator is not there after the restore")


def _publish(server: Server) -> None:
    """Another version, where ``git pull`` looks for it."""
    server.terminal.run(
        "git clone -q /mnt/source.git /root/newer\n"
        "sed -i 's/^VERSION = .*/VERSION = \"99.0.0\"/' /root/newer/app/version.py\n"
        "git -C /root/newer -c user.name=n -c user.email=n@example.com commit -qam newer\n"
        "git -C /root/newer push -q; rm -r /root/newer"
    )


def _newer(server: Server) -> None:
    server.is_up()
    token = re.search(r"(?m)^METRICS_TOKEN=(.+)$", server.settings())
    if not token:
        raise Failed("no METRICS_TOKEN")
    asked = f"curl -fsS -H 'Authorization: Bearer {token[1]}' http://127.0.0.1:9180/metrics"
    server.terminal.run(f"{asked} | grep 'registry_info' | grep 99.0.0")


def _another_key(server: Server) -> None:
    keys = re.search(r"(?m)^ENCRYPTION_KEYS=(.+)$", server.settings())
    new = server.terminal.run("openssl rand -base64 32").strip()
    if not keys:
        raise Failed("no ENCRYPTION_KEYS")
    server.set(ENCRYPTION_KEYS=f"{keys[1]},2:{new}")
    server.terminal.run("systemctl restart registry-web registry-worker")


def _without_the_old_key(server: Server) -> None:
    keys = re.search(r"(?m)^ENCRYPTION_KEYS=.*,(2:.+)$", server.settings())
    if not keys:
        raise Failed("no second key")
    server.set(ENCRYPTION_KEYS=keys[1])
    server.terminal.run("systemctl restart registry-web registry-worker")
    server.is_up()


def _start_and_stop(server: Server) -> None:
    """The table of commands, and what visitors see meanwhile."""
    server.terminal.run("systemctl restart registry-web registry-worker; systemctl reload registry-web")
    server.is_up()
    server.terminal.run("systemctl stop registry-web.socket registry-web registry-worker")
    server.is_down()
    server.terminal.run("systemctl start registry-web.socket registry-web registry-worker; systemctl reload nginx")
    server.is_up()
    server.terminal.run("systemctl status registry-web registry-worker >/dev/null; test -s /var/log/nginx/access.log")


CONTAINERS = "这台机器里没有 Docker / no Docker on this machine"
UP = {"after": Server.is_up}

STEPS = (
    Step("apt-get update"),
    Step("apt-get install -y clamav-daemon", left_out="病毒库不在 Debian 的仓库里 / its list of viruses is no package"),
    Step("useradd"),
    Step("git clone", own={"程序的地址": "/mnt/source.git"}),
    Step("sudo -u postgres createuser", answers=[("password.*:", PASSWORD), ("again:", PASSWORD)]),
    Step("install -D -m 600", before=Server.fill_in),
    Step("cp -r deploy/systemd"),
    Step(
        "registry db upgrade",
        answers=[
            ("用户名", ADMIN),
            ("姓名", "管理员"),
            ("所属部门", ""),
            ("密码", ADMIN_PASSWORD),
            ("再输入", ADMIN_PASSWORD),
        ],
        says=("基础数据",),
    ),
    Step("systemctl enable --now"),
    Step("install -m 644", own={"证书.pem": "/root/tls.pem", "私钥.pem": "/root/tls.key", "自己的域名": DOMAIN}, **UP),
    Step("registry check-deploy", status=1, says=("CLAMD_ADDRESS", "还没有成功的备份"), after=_start_and_stop),
    Step("cp deploy/environment.example deploy/environment", left_out=CONTAINERS),
    Step("docker compose", left_out=CONTAINERS),
    Step("curl", says=('"ready": true',)),
    Step("python3 -c"),
    Step("journalctl", says=("app.access",)),
    Step("journalctl", before=lambda server: {"kfwm-trzb-qpld": server.request_number()}, says=("app.access",)),
    Step("python3 -c", says=("BACKUP_KEY=",)),
    Step("install -d -m 700", after=_backups_folder),
    Step("sudo systemctl restart"),
    Step("registry backup", says=("已备份并校验：/mnt/backup/registry/",), after=_by_timer),
    Step("newest=", says=("备份文件完整",)),
    Step("rsync", own={"backup@another-host:/srv/registry-backups/": "/root/elsewhere/"}),
    Step("sudo systemctl stop", after=Server.is_down),
    Step("registry restore", before=_newest, status=1, says=("已有",)),
    Step("registry restore --replace", says=("已恢复，操作日志校验通过",), after=_a_new_machine),
    Step("registry audit verify", says=("操作日志完整",)),
    Step("sudo systemctl start", **UP),
    Step("registry db current"),
    Step("registry backup", after=_publish),
    Step("git clone", own={"程序的地址": "/mnt/source.git"}),
    Step("REGISTRY=/srv/registry-new registry db upgrade", says=("没有改动",)),
    Step("mv /srv/registry", status=1, says=("CLAMD_ADDRESS",), after=_newer),
    Step("sudo -u postgres psql"),
    Step("sudo systemctl stop"),
    Step("registry db upgrade", says=("没有改动",)),
    Step("registry check-deploy", status=1, says=("CLAMD_ADDRESS",)),
    Step("python3 -c"),
    Step("registry rotate-keys", before=_another_key, says=("完成：重新加密",)),
    Step("registry backup", after=_without_the_old_key),
    Step("registry check-deploy", status=1, says=("CLAMD_ADDRESS",)),
    Step("registry check-deploy", status=1, says=("CLAMD_ADDRESS",)),
    Step("make load"),
)


def pairs() -> Iterator[tuple[Step, str]]:
    """Each step with its block. Raises Failed where the guide has other blocks, or others first."""
    for number, (step, block) in enumerate(zip(STEPS, BLOCKS, strict=False), 1):
        if not block.text.startswith(step.starts):
            raise Failed(f"block {number} of the guide begins {block.text[:60]!r}, not {step.starts!r}")
        yield step, block.text
    if len(STEPS) != len(BLOCKS):
        raise Failed(f"the guide has {len(BLOCKS)} blocks, {len(STEPS)} are known here")


def follow(server: Server) -> list[str]:
    """Types all of it. Returns what was left out, and why; raises Failed at the first that does not work."""
    left_out = []
    for step, text in list(pairs()):
        if step.left_out:
            left_out.append(f"{text.splitlines()[0]}　{step.left_out}")
            continue
        for words, others in {**step.own, **(step.before(server) or {})}.items():
            if words not in text:
                raise Failed(f"{words!r} is not in the guide any more:\n{text}")
            text = text.replace(words, others)
        print(f"$ {text.rstrip()}", flush=True)
        said = server.terminal.run(text, step.answers, step.status, seconds=900)
        for words in step.says:
            if words not in said:
                raise Failed(f"{text}\nhas not said {words!r}:\n{said[-3000:]}")
        step.after(server)
    return left_out
