"""Escapes by files and sockets: out of the sandbox, to what others have."""

from course_lib.classroom.verdicts import Verdict
from tests.hostile.book import hostile
from tests.hostile.notebooks import attacking, submission

# An attack is no reason to take a right answer's points; a reach into Python is one to look.
RIGHT = {"honest": 2, "verdicts": {"decode": Verdict.PASSED}}
HELD = {
    "honest": 2,
    "verdicts": {"decode": {Verdict.PASSED, Verdict.NEEDS_REVIEW}},
    "alarms": {"reaches_inside"},
}


@hostile("escape", why="whoever can write to the gradebook needs no answers", **RIGHT)
def writes_to_the_gradebook(target):
    return attacking(
        target,
        """
import sqlite3

def give_points(file):
    with sqlite3.connect(file) as book:
        book.execute("UPDATE grade SET manual_score = 1000")
        book.execute("DELETE FROM submitted_assignment")

for folder in (COURSE, os.path.dirname(COURSE), "..", "../..", os.path.expanduser("~")):
    file = os.path.join(folder, "gradebook.db")
    if os.path.exists(file):
        attempt(give_points, file)
""",
    )


@hostile("escape", why="other students' work could be read, changed and deleted", **RIGHT)
def writes_into_other_students_folders(target):
    return attacking(
        target,
        """
import shutil
for step in ("submitted", "autograded", "verdicts", "feedback", "notebooks", "solutions"):
    folder = os.path.join(COURSE, step)
    attempt(os.makedirs, os.path.join(folder, BYSTANDER, MARK))
    attempt(lambda: open(os.path.join(folder, BYSTANDER, MARK), "w").write("mine"))
    attempt(shutil.rmtree, os.path.join(folder, BYSTANDER))
    attempt(os.rename, folder, folder + MARK)
""",
    )


@hostile(
    "escape", why="what is in the home folder runs whenever its owner starts something", **RIGHT
)
def writes_into_the_home_folder(target):
    return attacking(
        target,
        """
places = (".ipython/profile_default/startup/", ".bashrc", ".config/", ".jupyter/", ".local/bin/")
for place in places:
    file = os.path.join(HOME, place + MARK * place.endswith("/"))
    attempt(os.makedirs, os.path.dirname(file), exist_ok=True)
    attempt(lambda: open(file, "a").write("# " + MARK))
writable = [home for home in ("/root", "/home", "/etc", "/usr/bin") if os.access(home, os.W_OK)]
assert not writable
""",
    )


@hostile(
    "escape",
    why="Python reads what lies in these folders at its next start",
    honest=2,
    verdicts={"decode": Verdict.NEEDS_REVIEW},
    alarms={"reaches_inside"},
)
def writes_where_python_starts(target):
    return attacking(
        target,
        """
import site, sys, sysconfig
own = os.path.join(HOME, os.path.relpath(site.getusersitepackages(), os.path.expanduser("~")))
for name in ("sitecustomize.py", "usercustomize.py", MARK + ".pth"):
    attempt(os.makedirs, own, exist_ok=True)
    attempt(lambda: open(os.path.join(own, name), "w").write("# " + MARK))
folders = {*sys.path, *site.getsitepackages(), sys.prefix, sys.base_prefix}
folders |= {sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "scripts")}
folders -= {"", os.getcwd()}
assert not [folder for folder in folders if os.access(folder, os.W_OK)]
""",
    )


@hostile(
    "escape",
    why="an error's text comes back as feedback: nothing secret may be in it",
    verdicts={"decode": Verdict.FAILED},
)
def brings_secrets_back_in_an_error(target):
    first = target.words() + (
        "import glob, os\n"
        "found = [str(dict(os.environ))]\n"
        "names = ['/etc/shadow', '/proc/1/environ', '/proc/self/environ', COURSE + '/secret.txt']\n"
        "names += glob.glob('/proc/[0-9]*/environ') + glob.glob('/proc/[0-9]*/cmdline')\n"
        "names += glob.glob(COURSE + '/*') + glob.glob(HOME + '/.*') + glob.glob('/home/*/.*')\n"
        "for name in names:\n"
        "    try:\n"
        "        found.append(open(name, errors='replace').read())\n"
        "    except OSError:\n"
        "        pass\n"
        "text = ' '.join(found)\n"
        "place = max(text.find('hostile-secret'), text.find('root:'), 0)\n"
        "text = text[place : place + 80]"
    )
    answer = "def decode(ids, vocab):\n    raise RuntimeError(text)"
    return submission(texts={"decode": answer}, first=first)


@hostile("escape", why="an answer could come from the network, and work could leave by it", **RIGHT)
def speaks_over_the_network(target):
    return attacking(
        target,
        """
import socket
attempt(lambda: socket.create_connection(("127.0.0.1", TCP), timeout=1).sendall(b"out"))
attempt(lambda: socket.create_connection(("::1", TCP), timeout=1).sendall(b"out"))
for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
    attempt(lambda: socket.socket(socket.AF_INET, kind).sendto(b"out", ("127.0.0.1", UDP)))
for family in (socket.AF_NETLINK, socket.AF_PACKET, getattr(socket, "AF_VSOCK", 40)):
    attempt(lambda: socket.socket(family, socket.SOCK_RAW))
""",
    )


@hostile("escape", why="an abstract socket has no file that a folder could hide", **RIGHT)
def speaks_through_an_abstract_socket(target):
    return attacking(
        target,
        """
import socket
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    attempt(lambda: socket.socket(socket.AF_UNIX, kind).connect("\\0" + ABSTRACT))
""",
    )


@hostile("escape", why="the fork-server takes requests through a socket", **HELD)
def speaks_to_the_fork_server(target):
    return attacking(
        target,
        """
import json, socket, struct
request = json.dumps(dict(steps=[], cell_seconds=1, seed=1, limits={})).encode()
for fd in range(3, 256):
    def send():
        with socket.socket(fileno=os.dup(fd)) as open_socket:
            open_socket.settimeout(1)
            open_socket.sendall(struct.pack("!Q", len(request)) + request)
    attempt(send)
""",
    )


@hostile("escape", why="a link inside the sandbox could lead a copy to what it points to", **RIGHT)
def leaves_links_in_the_working_folder(target):
    return attacking(
        target,
        """
for number, place in enumerate([COURSE, COURSE + "/gradebook.db", HOME, "/etc/passwd", "/", ".."]):
    attempt(os.symlink, place, f"link{number}")
    attempt(os.link, place, f"hard{number}")
    attempt(lambda: open(f"link{number}/" + MARK, "w").write("mine"))
attempt(os.symlink, COURSE + "/gradebook.db", "01_tokenization.ipynb")
""",
    )


@hostile("escape", why="others would find it in folders that everybody uses", **RIGHT)
def leaves_something_in_shared_folders(target):
    return attacking(
        target,
        """
for folder in ("/dev/shm", "/tmp", "/var/tmp", "/run", "/run/lock", "/dev/mqueue", "/var/crash"):
    attempt(lambda: open(os.path.join(folder, MARK), "w").write("mine"))
    attempt(os.makedirs, os.path.join(folder, MARK + "-folder"))

def shared():
    from multiprocessing import shared_memory
    shared_memory.SharedMemory(MARK, create=True, size=100)

attempt(shared)
""",
    )


@hostile("escape", why="these programs run as root, whoever starts them", **RIGHT)
def starts_programs_that_run_as_root(target):
    return attacking(
        target,
        """
import subprocess
quiet = dict(stdin=subprocess.DEVNULL, capture_output=True, timeout=3)
touch = f"touch {COURSE}/{MARK}"
for program in ("su", "sudo -n sh", "pkexec sh", "bwrap --bind / / sh", "unshare -r sh", "runuser",
                "chroot /proc/1/root sh"):
    attempt(subprocess.run, [*program.split(), "-c", touch], **quiet)
for user in (0, 1000):
    attempt(os.setuid, user)
    attempt(os.setgroups, [user])
""",
    )
