# %% [markdown]
# A runtime that stays open over the cells of a notebook. Each `# %%` is a cell: run this file as
# it is, or open it in an editor that knows cells, or in Jupyter by way of jupytext.

# %%
import os
import signal
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

from codex_runtime import ApprovalAnswer, ApprovalRequest, SessionConfig
from codex_runtime.blocking import open_runtime
from codex_runtime.protocol import AgentMessageDelta
from codex_runtime.testing import serve_scripted_model, shell, silence, text

# %% A block that no cell has to fit into
cells = ExitStack()
model = cells.enter_context(serve_scripted_model())
home = Path(cells.enter_context(tempfile.TemporaryDirectory()))

# With a Codex set-up of your own: cells.enter_context(open_runtime())
runtime = cells.enter_context(open_runtime(model.runtime_config(home)))
print(runtime.server.user_agent)


# %% A handler is a plain function
def decide(request: ApprovalRequest) -> ApprovalAnswer:
    print("declined:", request.method)
    return request.decline()


config = SessionConfig(cwd=".", approval_policy="untrusted", approvals=decide)
session = cells.enter_context(runtime.start_session(config))

# %% Ask
model.enqueue(shell("touch notes.txt"), text("I was not allowed to."))
result = session.ask("Leave a note")
print(result.text)

# %% Look at what came back, in a cell of its own
for item in result.items:
    print(type(item).__name__)

# %% Watch a turn; running this cell again asks again
model.enqueue(text("one two three four five", delta_chars=4, delay_s=0.05))
with session.ask_stream("Count to five") as turn:
    for event in turn:
        if isinstance(event, AgentMessageDelta):
            print(event.delta, end="", flush=True)
print()

# %% The stop button of a notebook is a KeyboardInterrupt: it ends the turn and nothing else
signal.signal(signal.SIGINT, signal.default_int_handler)  # as in every kernel
model.enqueue(silence())
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()  # somebody presses it
try:
    session.ask("Think it over")
except KeyboardInterrupt:
    print("stopped; still running:", session.active_turn_id)

# %% The runtime is as it was
model.enqueue(text("Yes."))
print(session.ask("Are you there?").text)

# %% At the end of the day. A kernel that is shut down without it does the same.
cells.close()
