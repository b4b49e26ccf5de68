"""A chat prompt through llama.cpp on the CPU: the other side of `khue bench generate`.

Reads the GGUF file that `khue models pull` fetches and puts the chat together as khue does: markers
as tokens of their own, texts without markers. The times are those that llama.cpp keeps for itself,
so nothing that Python does between two steps is held against it. Prints one JSON document.
"""

import argparse
import json
import os
import statistics
from pathlib import Path

import llama_cpp
import numpy
from llama_cpp import Llama

# As many as `khue bench generate` writes, past an end of the text as there.
WRITTEN = 64


def load(model: Path, threads: int) -> Llama:
    return Llama(
        str(model),
        n_ctx=2048,
        n_batch=512,
        n_ubatch=512,
        n_threads=threads,
        n_threads_batch=threads,
        # Faster by some hundredths than attention in separate steps.
        flash_attn=True,
        no_perf=False,
        verbose=False,
    )


def chat(llama: Llama, prompt: dict) -> list[int]:
    """The ids up to the assistant's turn."""

    def text(words: str) -> list[int]:
        return llama.tokenize(words.encode(), add_bos=False, special=False)

    def marker(name: str) -> list[int]:
        ids = llama.tokenize(name.encode(), add_bos=False, special=True)
        assert len(ids) == 1, f"{name} is no single token of this model"
        return ids

    start, end = marker("<|im_start|>"), marker("<|im_end|>")
    ids = []
    for role in ("system", "user"):
        ids += start + text(f"{role}\n{prompt[role]}") + end + text("\n")
    return ids + start + text("assistant\n")


def best(llama: Llama) -> int:
    """The token with the highest logit after the last step."""
    logits = llama_cpp.llama_get_logits_ith(llama.ctx, -1)
    return int(numpy.ctypeslib.as_array(logits, shape=(llama.n_vocab(),)).argmax())


def once(llama: Llama, ids: list[int]) -> tuple[dict, list[int]]:
    """One prompt and its answer, greedily, from an empty memory."""
    llama.reset()
    llama_cpp.llama_perf_context_reset(llama.ctx)
    llama.eval(ids)
    written = [best(llama)]
    while len(written) < WRITTEN:
        llama.eval(written[-1:])
        written.append(best(llama))
    own = llama_cpp.llama_perf_context(llama.ctx)
    # The first token comes out of the prompt's own step.
    counted = (own.n_p_eval, own.n_eval)
    assert counted == (len(ids), len(written) - 1), f"llama.cpp counted {counted}"
    speeds = {
        "prefill": own.n_p_eval * 1e3 / own.t_p_eval_ms,
        "decode": own.n_eval * 1e3 / own.t_eval_ms,
    }
    return speeds, written


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--prompt", type=Path, required=True)
    arguments.add_argument("-n", type=int, default=3)
    arguments.add_argument("--threads", type=int, default=os.cpu_count())
    arguments.add_argument("--text", action="store_true", help="adds what was written")
    given = arguments.parse_args()

    llama = load(given.model, given.threads)
    ids = chat(llama, json.loads(given.prompt.read_text(encoding="utf-8")))
    once(llama, ids)
    rounds = [once(llama, ids) for _ in range(given.n)]
    results = []
    for metric in rounds[0][0]:
        values = [speeds[metric] for speeds, _ in rounds]
        results.append(
            {
                "metric": metric,
                "unit": "tokens/s",
                "median": statistics.median(values),
                "min": min(values),
                "max": max(values),
                "n": len(values),
                "tokens": len(ids) if metric == "prefill" else len(rounds[0][1]),
            }
        )
    document = {
        "software": {"llama-cpp-python": llama_cpp.__version__},
        "settings": {
            "threads": given.threads,
            "flash attention": True,
            "kernels": llama_cpp.llama_print_system_info().decode().strip(" |"),
        },
        "results": results,
    }
    if given.text:
        document["text"] = llama.detokenize(rounds[0][1]).decode(errors="replace")
    print(json.dumps(document))


main()
