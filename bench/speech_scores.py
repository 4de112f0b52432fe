"""Objective scores of speech for `llmc bench rd`.

    python speech_scores.py reference.wav decoded.wav...

Prints a JSON object that has, for each of the packages pystoi and pesq that is installed, a number for every decoded file, or
null where the recording is too short or too silent for it: {"stoi": [0.91, 0.95], "pesq": [2.8, 3.2]}. STOI is 0 to 1 (Taal et
al., 2011); PESQ is wideband, 1.04 to 4.64 (ITU-T P.862.2). Files are mono, of 16 bits, and of one rate, 16 kHz for PESQ.
"""

import json
import math
import sys
import warnings
import wave

try:
    import numpy as np
except ImportError:
    # Without it there is neither package.
    print("{}")
    sys.exit()


def read(path: str) -> tuple[np.ndarray, int]:
    with wave.open(path) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return samples.astype(np.float64) / 32768, file.getframerate()


def metrics() -> dict:
    """The metrics that are installed: functions of reference, decoded sound and rate."""
    found = {}
    try:
        from pystoi import stoi

        found["stoi"] = stoi
    except ImportError:
        pass
    try:
        from pesq import pesq

        found["pesq"] = lambda reference, decoded, rate: pesq(rate, reference, decoded, "wb")
    except ImportError:
        pass
    return found


def score(metric, reference: np.ndarray, decoded: np.ndarray, rate: int) -> float | None:
    length = min(len(reference), len(decoded))
    try:
        with warnings.catch_warnings():
            # pystoi warns, and gives a number that means nothing, where too little of the recording is speech.
            warnings.simplefilter("error", RuntimeWarning)
            value = float(metric(reference[:length], decoded[:length], rate))
            return value if math.isfinite(value) else None
    except Exception:
        return None


reference, rate = read(sys.argv[1])
decoded = [read(path)[0] for path in sys.argv[2:]]
scores = {name: [score(metric, reference, one, rate) for one in decoded] for name, metric in metrics().items()}
print(json.dumps(scores))
