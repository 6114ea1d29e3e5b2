"""A bank's folder of clips is read whole or refused with what is wrong; test voices make folders that are taken."""

import subprocess
import sys
import wave

import numpy as np
import pytest

from evenhand.adapters.sip_voice.prompts import (
    GAP_SECONDS,
    LANGUAGES,
    RATE,
    PromptsMissing,
    catalogue,
    load_prompts,
    make_tones,
)
from evenhand.adapters.sip_voice.speech import amount_parts
from evenhand.cli import calls

SECOND = np.zeros(RATE, "<i2").tobytes()


def write(place, *, rate=RATE, channels=1, width=2, pcm=SECOND):
    with wave.open(str(place), "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.setframerate(rate)
        sound.writeframes(pcm)


def shorten(place):
    place.write_bytes(place.read_bytes()[:-1000])


@pytest.fixture
def folder(tmp_path):
    """A whole set of tones."""
    make_tones(tmp_path)
    return tmp_path


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_set_of_tones_has_every_clip_and_no_two_alike(folder, language):
    clips = load_prompts(folder, language).clips
    assert set(clips) == {clip.name for clip in catalogue() if clip.words(language)}
    assert len(set(clips.values())) == len(clips)


def test_tones_stay_within_what_a_telephone_carries(folder):
    for language in LANGUAGES:
        for name, pcm in load_prompts(folder, language).clips.items():
            samples = np.frombuffer(pcm, "<i2")
            pitch = np.argmax(np.abs(np.fft.rfft(samples))) * RATE / len(samples)
            assert 300 <= pitch + 5 <= 3_400, name


def test_clips_follow_one_another_with_a_short_gap(folder):
    prompts = load_prompts(folder, "zh-CN")
    parts = ("owed_before", *amount_parts(20_222, "CNY", "zh-CN"), "owed_after")
    audio = prompts.audio(parts)
    gap = bytes(2 * int(GAP_SECONDS * RATE))
    assert audio == gap.join(prompts.clips[part] for part in parts)
    assert len(audio) == sum(len(prompts.clips[p]) for p in parts) + len(gap) * (len(parts) - 1)
    assert prompts.audio(()) == b""


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda place: place.unlink(), "menu.wav;"),
        (lambda place: write(place, rate=16_000), "menu.wav (16000 Hz, 16 bits, channels: 1);"),
        (lambda place: write(place, channels=2), "menu.wav (8000 Hz, 16 bits, channels: 2);"),
        (lambda place: write(place, width=1), "menu.wav (8000 Hz, 8 bits, channels: 1);"),
        (lambda place: write(place, pcm=b""), "menu.wav (empty);"),
        (shorten, "menu.wav (cut off);"),
        (lambda place: place.write_bytes(b"ID3, not a WAV"), "menu.wav (format);"),
        (lambda place: place.write_bytes(b""), "menu.wav (format);"),
        (lambda place: (place.unlink(), place.mkdir()), "menu.wav (cannot be read);"),
    ],
)
def test_a_clip_that_cannot_be_played_is_named_with_what_is_wrong(folder, spoil, said):
    spoil(folder / "zh-CN" / "menu.wav")
    with pytest.raises(PromptsMissing) as refused:
        load_prompts(folder, "zh-CN")
    place, _, rest = str(refused.value).partition(": ")
    assert place == str(folder / "zh-CN")
    assert rest.startswith(said)
    assert "expected a WAV of 8000 Hz, 16 bits, mono" in rest
    assert load_prompts(folder, "en").clips


def test_the_first_of_many_missing_clips_are_named_and_the_others_counted(tmp_path):
    whole = sum(1 for clip in catalogue() if clip.en)
    with pytest.raises(PromptsMissing, match=rf"opening\.wav, .* and {whole - 5} more; expected"):
        load_prompts(tmp_path, "en")


def test_a_clip_that_a_language_does_not_need_is_not_asked_for(folder):
    assert not (folder / "zh-CN" / "month1.wav").exists()
    assert not (folder / "en" / "wan.wav").exists()


# The test voice


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    """A whole set by espeak-ng, as the command makes it: in a process of its own."""
    folder = tmp_path_factory.mktemp("spoken")
    command = [sys.executable, "-m", "evenhand.adapters.sip_voice.espeak", str(folder)]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    return folder


def windows(pcm):
    """Levels of twentieths of a second, of 16-bit samples."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    return np.sqrt(np.mean(samples[: len(samples) // 160 * 160].reshape(-1, 160) ** 2, axis=1))


def pauses(pcm, *, seconds):
    """How often it is quiet for so long."""
    quiet = "".join("." if level < 300 else "x" for level in windows(pcm))
    return sum(len(part) >= seconds / 0.02 for part in quiet.strip(".").split("x"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_test_voice_says_every_clip_as_loud_as_the_others_and_without_silence_around(
    spoken, language
):
    for name, pcm in load_prompts(spoken, language).clips.items():
        levels = windows(pcm)
        spoken_level = np.sqrt(np.mean(levels[levels > 300] ** 2))
        assert 2_300 < spoken_level < 3_500, name
        samples = np.abs(np.frombuffer(pcm, "<i2").astype(int))
        assert samples.max() <= 30_000, name
        assert min(samples[: RATE // 20].max(), samples[-RATE // 20 :].max()) > 100, name


def test_the_test_voice_says_digits_short_and_sentences_long(spoken):
    clips = load_prompts(spoken, "zh-CN").clips
    seconds = {name: len(pcm) / 2 / RATE for name, pcm in clips.items()}
    assert all(0.1 < seconds[f"n{digit}"] < 0.6 for digit in range(10))
    assert 8 < seconds["opening"] < 25
    assert 8 < seconds["menu"] < 25


@pytest.mark.parametrize(("name", "stops"), [("how_to_pay", 1), ("promise_kept", 2)])
def test_the_test_voice_pauses_at_full_stops_in_pinyin(spoken, name, stops):
    assert pauses(load_prompts(spoken, "zh-CN").clips[name], seconds=0.3) >= stops


def test_the_test_voice_folds_nothing_back_that_a_telephone_does_not_carry():
    from evenhand.adapters.sip_voice.espeak import thinned

    rate = 22_050
    for hertz, kept in ((400, True), (1_000, True), (3_000, True), (5_000, False), (7_500, False)):
        tone = 10_000 * np.sin(2 * np.pi * hertz * np.arange(rate) / rate)
        heard = thinned(tone, rate)[200:-200]
        assert abs(len(thinned(tone, rate)) - RATE) <= 1
        share = np.sqrt(np.mean(heard**2)) / np.sqrt(np.mean(tone**2))
        assert (share > 0.9) if kept else (share < 0.001), hertz


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"module": None}, "the voice espeak needs the extra `voice`: evenhand[voice]"),
        ({"place": "a file"}, "the voice espeak failed: "),
        ({"patience": 0.01}, "the voice espeak did not come to its end in 0.01 s"),
    ],
)
def test_a_voice_that_cannot_speak_says_why(tmp_path, monkeypatch, fault, said):
    if "module" in fault:
        monkeypatch.setattr(calls, "find_spec", lambda _name: None)
    if "place" in fault:
        (tmp_path / fault["place"]).write_text("in the way")
    monkeypatch.setattr(calls, "PATIENCE_SECONDS", fault.get("patience", 60))
    assert calls.make_prompts(tmp_path / fault.get("place", "clips"), "espeak").startswith(said)
