"""Runs a command in a terminal of its own and says what stood on it.

    python3 terminal.py COLUMNS ROWS SECONDS KEY COMMAND ...

After SECONDS (or as soon as the file named by TERMINAL_READY appears) the terminal is made 20 columns narrower where
KEY begins with '<', then KEY is pressed. Prints JSON: the screens before that and at the end, everything as it was
written, whether the terminal takes lines and signals again at the end, the seconds from the key to the end, and the exit
code. As soon as TERMINAL_SAYS was written, the file named by TERMINAL_SHOWN is made.
"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

columns, rows, seconds, key = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
command = sys.argv[5:]


def screen(text, columns, rows):
    """What a terminal shows after `text`: places, erases, newlines and the alternate screen are what is understood."""
    main, alternate = [[" "] * columns for _ in range(rows)], None
    cells, y, x, kept = main, 0, 0, (0, 0)
    for token in re.findall(r"\x1b\[[?0-9;]*[A-Za-z]|\x1b.|.|\n", text, re.S):
        match = re.fullmatch(r"\x1b\[([?0-9;]*)([A-Za-z])", token)
        if match:
            arguments, name = match.groups()
            if name == "H":
                y, x = [int(n) - 1 for n in arguments.split(";")] if arguments else (0, 0)
            elif name == "K":
                cells[min(y, rows - 1)][x:] = [" "] * (columns - x)
            elif name == "J":
                for row in cells:
                    row[:] = [" "] * columns
            elif (arguments, name) == ("?1049", "h"):
                kept, cells = (y, x), [[" "] * columns for _ in range(rows)]
            elif (arguments, name) == ("?1049", "l"):
                cells, (y, x) = main, kept
        elif token == "\n":
            y += 1
            if y >= rows:
                cells.append([" "] * columns)
                del cells[0]
                y = rows - 1
        elif token == "\r":
            x = 0
        elif not token.startswith("\x1b"):
            if x < columns and y < rows:
                cells[y][x] = token
            x += 1
    return "\n".join("".join(row).rstrip() for row in cells).rstrip()


pid, master = pty.fork()
if pid == 0:
    os.execvp(command[0], command)


def resize(columns, rows):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.kill(pid, signal.SIGWINCH)


resize(columns, rows)
written, before, pressed, end = b"", "", False, time.time() + seconds
ready = os.environ.get("TERMINAL_READY")
says, shown = os.environ.get("TERMINAL_SAYS"), os.environ.get("TERMINAL_SHOWN")
while True:
    if not pressed and (time.time() > end or (ready and os.path.exists(ready))):
        before = screen(written.decode("utf-8", "replace"), columns, rows)
        if key.startswith("<"):
            columns, key = columns - 20, key[1:]
            resize(columns, rows)
            deadline = time.time() + 3
            while time.time() < deadline:
                if select.select([master], [], [], 0.1)[0]:
                    written += os.read(master, 65536)
            resized = written.decode("utf-8", "replace").rsplit("\x1b[2J", 1)[-1]
            before = screen(resized, columns, rows)
        os.write(master, key.encode())
        pressed = time.time()
    try:
        if select.select([master], [], [], 0.1)[0]:
            part = os.read(master, 65536)
            if not part:
                break
            written += part
            if says and says.encode() in written:
                open(shown, "w").close()
                says = None
    except OSError:
        break
_, status = os.waitpid(pid, 0)
took = time.time() - pressed
flags = termios.tcgetattr(master)[3]
cooked = all(flags & flag for flag in (termios.ECHO, termios.ICANON, termios.ISIG))
text = written.decode("utf-8", "replace")
print(
    json.dumps(
        {
            "before": before,
            "end": screen(text, columns, rows),
            "raw": text,
            "cooked": cooked,
            "took": took,
            "code": os.waitstatus_to_exitcode(status),
        }
    )
)
