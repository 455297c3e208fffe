"""What the table says: columns, numbers, totals, what cuDNN refused."""
import collections

HEAD = ["layer", "C in x out, H x W", "batch", "direct, us", "Winograd, us", "chosen, us", "chosen plan", "cuDNN best, us", "by",
        "refused", "cuDNN / chosen", "cold: chosen, us", "cold: cuDNN, us", "cold: cuDNN / chosen", "products, us", "F(4,3) products, us",
        "bytes, us", "checked"]


def us(times, name):
    return f"{1e3 * times[name]:.1f}" if name in times else "-"


def ratio(times):
    return f"{times['cudnn'] / times['chosen']:.2f}" if "cudnn" in times else "-"


def total_lines(label, rows, asked):
    """Totals of one set of layers by batch; `asked` layers a batch."""
    lines = []
    for batch in sorted({batch for _, batch, _, _ in rows}):
        for state, index in ("warm", 2), ("cold", 3):
            times = [row[index] for row in rows if row[1] == batch]
            if all("cudnn" in t for t in times):
                theirs, chosen = sum(t["cudnn"] for t in times), sum(t["chosen"] for t in times)
                slowest = max(t["chosen"] / t["cudnn"] for t in times)
                best = max(t["cudnn"] / t["chosen"] for t in times)
                part = "" if len(times) == asked else f", {len(times)} of {asked} layers"
                lines.append(f"- {label}, batch {batch}, {state} L2{part}: cuDNN {1e3 * theirs:.1f} us, chosen {1e3 * chosen:.1f} us: "
                             f"{theirs / chosen:.2f} times as fast in total, {best:.2f} on the best layer; "
                             f"the slowest layer takes {slowest:.2f} of cuDNN's time")
    return lines


def refusal_lines(layer, batch, refused):
    """Reasons without the names of the ways, each with how often it came."""
    reasons = collections.Counter(text.rsplit(": ", 1)[-1] for text in refused)
    return [f"- {layer[0]}, batch {batch}: cuDNN refused {len(refused)} ways: "
            + "; ".join(f"{count} x {reason}" for reason, count in reasons.most_common())] if refused else []


def write_results(path, lines):
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
