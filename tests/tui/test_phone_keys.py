from __future__ import annotations

import asyncio

from textual.events import AppBlur

from bridge.phone.sentences import not_answering
from bridge.phone.settings import PhoneSettings
from bridge.wire.link.answers import Done, Failed
from bridge.wire.link.requests import Checkpoint, Clear, Dtmf, Hangup
from tests.operator.fake_bridge import FakeBridge, a_stream
from tests.tui.rig import Rig, running
from tui.screens.devices import DevicesScreen
from tui.screens.dialog import Dialog
from tui.widgets.talk_button import TalkButton

FIRST, SECOND = a_stream(1), a_stream(2)


async def test_l_listens_and_stops(rig: Rig) -> None:
    await rig.press("l")
    await rig.says("Listening to 00000001")
    await rig.until(lambda: "LISTENING" in rig.text("PhoneBar"))
    assert "♪" in rig.text("#streams").splitlines()[0]
    await rig.press("l")
    await rig.says("No longer listening to 00000001")
    await rig.until(lambda: "LISTENING" not in rig.text("PhoneBar"))
    assert rig.handset.told == ["listen 00000001 on", "listen 00000001 off"]


async def test_l_on_another_stream_changes_over_to_it(rig: Rig) -> None:
    await rig.press("l", "down", "l")
    await rig.until(lambda: rig.handset.told == ["listen 00000001 on", "listen 00000002 on"])


async def test_the_first_t_asks_and_the_next_does_not(rig: Rig) -> None:
    await rig.press("t")
    assert isinstance(rig.app.screen, Dialog)
    assert "Go on air to 00000001" in rig.text()
    assert rig.handset.told == []
    await rig.press("y")
    await rig.until(lambda: "ON AIR" in rig.text("PhoneBar"))
    assert rig.handset.told == ["listen 00000001 on", "step talk"]
    assert "◉" in rig.text("#streams").splitlines()[0]
    await rig.press("t")
    await rig.says("Off air")
    await rig.press("t")
    await rig.until(lambda: rig.handset.told[-2:] == ["step out", "step talk"])
    assert not isinstance(rig.app.screen, Dialog)


async def test_enter_on_the_question_does_not_go_on_air(rig: Rig) -> None:
    await rig.press("t", "enter")
    assert not isinstance(rig.app.screen, Dialog)
    await rig.press("t", "escape")
    assert not isinstance(rig.app.screen, Dialog)
    assert rig.handset.told == []


async def test_m_goes_off_air_and_goes_on_listening(rig: Rig) -> None:
    await rig.press("t", "y")
    await rig.until(lambda: rig.session.phone.on_air)
    await rig.press("m")
    await rig.until(lambda: not rig.session.phone.on_air)
    assert rig.session.phone.listening


async def test_t_on_another_stream_goes_off_air_first(rig: Rig) -> None:
    await rig.press("t", "y")
    await rig.until(lambda: rig.session.phone.on_air)
    await rig.press("down", "t")
    await rig.until(lambda: rig.handset.told[-1] == "step out")
    assert not rig.session.phone.on_air


async def test_what_the_bridge_refuses_the_phone_is_said(rig: Rig) -> None:
    rig.handset.become(refused="alex#2 holds the microphone.")
    await rig.says("alex#2 holds the microphone.")
    rig.session.say("Stepping in.")
    rig.handset.become(refusals=1)
    await rig.says("alex#2 holds the microphone.")


async def test_a_device_that_another_stands_in_for_is_said(rig: Rig) -> None:
    text = "The output device Headset is not there, so default is used until it is back."
    rig.handset.become(running=True, notice=text)
    await rig.says(text)
    rig.handset.become(notice="", problem="The sound device is gone.")
    assert rig.session.status.text == text


async def test_that_a_device_is_back_is_said(rig: Rig) -> None:
    rig.handset.become(running=True, notice="The output device Headset is not there, so default is used.")
    rig.handset.become(notice="")
    await rig.says("The devices that you chose are in use.")


async def test_what_to_do_about_the_sound_is_in_sight_in_a_narrow_terminal(bridge: FakeBridge) -> None:
    async with running(bridge, size=(80, 24)) as rig:
        rig.handset.become(problem=not_answering())
        await rig.until(lambda: "then listen again." in rig.text("PhoneBar"))


async def test_a_problem_with_the_sound_is_in_sight_and_all_else_works(rig: Rig) -> None:
    rig.handset.become(problem="No PortAudio: sudo apt install libportaudio2")
    await rig.until(lambda: "NO SOUND" in rig.text("PhoneBar") and "libportaudio2" in rig.text("PhoneBar"))
    await rig.press("c")
    await rig.bridge.was_asked(Clear)


async def test_the_phone_bar_shows_levels_and_delay(rig: Rig) -> None:
    await rig.press("l")
    rig.handset.become(microphone_dbfs=-20.0, caller_dbfs=-10.0, depth_ms=38, target_ms=40)
    await rig.until(lambda: "delay 38 ms (target 40)" in rig.text("PhoneBar"))
    assert rig.text("PhoneBar").count("━") > 5


async def test_c_clears_and_says_when_it_was_acknowledged(rig: Rig) -> None:
    rig.bridge.answers[Clear] = Done(id=0, text="Cleared: Plivo acknowledged after 84 ms.")
    await rig.press("c")
    await rig.says("acknowledged after 84 ms")
    assert (await rig.bridge.was_asked(Clear)).stream_id == FIRST.stream_id
    await rig.until(lambda: "acknowledged after 84 ms" in rig.text("StatusLine"))


async def test_k_sets_a_checkpoint_with_a_new_name_and_does_not_wait(rig: Rig) -> None:
    rig.bridge.held.add(Checkpoint)
    await rig.press("k", "k")
    await rig.until(lambda: len([message for message in rig.bridge.asked if isinstance(message, Checkpoint)]) == 2)
    names = [message.name for message in rig.bridge.asked if isinstance(message, Checkpoint)]
    assert names == ["op-1", "op-2"]
    await rig.until(lambda: "Checkpoint op-2 set on 00000001" in rig.text("StatusLine"))
    await rig.press("down")
    assert rig.app.screen.selected.handle == 2


async def test_a_refusal_is_said_and_shown_as_a_toast(rig: Rig) -> None:
    rig.bridge.answers[Clear] = Failed(id=0, error="This stream takes no audio: it is not bidirectional.")
    await rig.press("c")
    await rig.says("not bidirectional")
    await rig.until(lambda: len(rig.app._notifications) == 1)


async def test_an_error_is_no_toast_again_on_the_next_screen(rig: Rig) -> None:
    rig.session.say("The bridge refused it.", "error")
    await rig.until(lambda: len(rig.app._notifications) == 1)
    rig.app.clear_notifications()
    await rig.press("enter")
    await rig.until(lambda: "The bridge refused it." in rig.text("StatusLine"))
    await rig.press("i")
    await rig.until(lambda: "TIMELINE" in rig.text())
    assert not rig.app._notifications


async def test_digits_go_to_the_stream_that_is_listened_to(rig: Rig) -> None:
    await rig.press("5")
    await rig.says("Digits go to the stream")
    await rig.press("l", "down", "number_sign")
    sent = await rig.bridge.was_asked(Dtmf)
    assert (sent.stream_id, sent.digits) == (FIRST.stream_id, "#")
    await rig.says("Sent # to 00000001")


async def test_digits_go_to_the_stream_that_is_open(rig: Rig) -> None:
    await rig.press("down", "enter", "asterisk")
    sent = await rig.bridge.was_asked(Dtmf)
    assert (sent.stream_id, sent.digits) == (SECOND.stream_id, "*")


async def test_x_hangs_up_only_after_a_yes(rig: Rig) -> None:
    for no in ("n", "escape", "enter", "q"):
        await rig.press("x")
        assert "Hang up 00000001" in rig.text()
        await rig.press(no)
        assert not isinstance(rig.app.screen, Dialog)
    assert not any(isinstance(message, Hangup) for message in rig.bridge.asked)
    await rig.press("x", "y")
    assert (await rig.bridge.was_asked(Hangup)).stream_id == FIRST.stream_id
    await rig.says("Hangup done")


async def test_the_keys_work_on_an_open_stream_too(rig: Rig) -> None:
    await rig.press("down", "enter", "c", "k", "l")
    assert (await rig.bridge.was_asked(Clear)).stream_id == SECOND.stream_id
    assert (await rig.bridge.was_asked(Checkpoint)).stream_id == SECOND.stream_id
    await rig.until(lambda: rig.handset.told == ["listen 00000002 on"])


async def test_without_a_stream_every_key_says_so(bridge: FakeBridge) -> None:
    bridge.streams = []
    async with running(bridge) as rig:
        for key in "ltckx":
            rig.session.say("")
            await rig.press(key)
            await rig.says("There is no stream")


async def test_a_stream_without_an_id_cannot_be_commanded_yet(bridge: FakeBridge) -> None:
    bridge.streams = [a_stream(1, stream_id="", state="asked")]
    async with running(bridge) as rig:
        await rig.press("c")
        await rig.says("has no StreamID yet")


async def test_d_lists_devices_and_takes_the_chosen_one(rig: Rig) -> None:
    await rig.press("d")
    assert isinstance(rig.app.screen, DevicesScreen)
    assert rig.handset.told == ["start"]
    rig.handset.become(inputs=["Headset", "Webcam"], outputs=["Headset", "Monitor"], microphone_dbfs=-12.0)
    await rig.until(lambda: "Webcam" in rig.text() and "━" in rig.text("#microphone"))
    await rig.press("down", "down", "enter")
    await rig.until(lambda: rig.handset.told[-1] == "change {'input': 'Webcam'}")
    rig.handset.become(input_device="Webcam")
    await rig.press("tab", "down", "enter")
    await rig.until(lambda: rig.handset.told[-1] == "change {'output': 'Headset'}")
    await rig.press("escape")
    assert not isinstance(rig.app.screen, DevicesScreen)


async def test_the_system_s_devices_can_be_taken_again(rig: Rig) -> None:
    rig.handset.settings = PhoneSettings(input="Webcam")
    rig.handset.become(inputs=["Headset", "Webcam"], input_device="Webcam")
    await rig.press("d", "home", "enter")
    await rig.until(lambda: rig.handset.told[-1] == "change {'input': ''}")


async def test_enter_changes_what_is_done_to_the_sound(rig: Rig) -> None:
    await rig.press("d", "tab", "tab", "enter")
    await rig.until(lambda: rig.handset.told[-1] == "change {'profile': 'smooth'}")
    await rig.until(lambda: "smooth: more delay" in rig.text("#choices"))
    await rig.press("enter")
    await rig.until(lambda: rig.handset.told[-1] == "change {'profile': 'balanced'}")
    await rig.press("down", "enter", "down", "enter", "down", "enter")
    await rig.until(lambda: rig.handset.told[-1] == "change {'noise_suppression': False}")
    assert rig.handset.settings == PhoneSettings(headset="on", gain=False, noise_suppression=False)


async def test_while_the_sound_dialog_is_open_new_devices_are_looked_for(rig: Rig) -> None:
    await rig.press("d")
    await rig.until(lambda: rig.handset.looks > 0)


async def test_the_sound_dialog_says_what_is_done_about_echo_and_why(rig: Rig) -> None:
    await rig.press("d")
    because = "The extra aec is not installed."
    rig.handset.become(echo="ducked", echo_because=because, input_latency_ms=12.3, output_latency_ms=31.0)
    await rig.until(lambda: "Echo is ducked. The extra aec is not installed." in rig.text("#in-effect"))
    assert "12 ms on the way in, 31 ms out" in rig.text("#in-effect")


async def test_brackets_are_the_volumes_of_both_legs(rig: Rig) -> None:
    await rig.press("left_square_bracket", "left_square_bracket", "right_square_bracket")
    await rig.says("The caller's volume is -3 dB")
    await rig.press("right_curly_bracket", "left_curly_bracket", "right_curly_bracket")
    await rig.says("The agent's volume is +3 dB")
    assert (rig.handset.settings.caller_volume_db, rig.handset.settings.agent_volume_db) == (-3, 3)


async def test_digits_that_were_sent_are_heard(rig: Rig) -> None:
    await rig.press("l", "7")
    await rig.until(lambda: rig.handset.told[-1] == "tones 7")
    rig.bridge.answers[Dtmf] = Failed(id=0, error="This stream has ended.")
    await rig.press("8")
    await rig.says("has ended")
    assert rig.handset.told[-1] == "tones 7"


async def test_the_caller_hears_as_long_as_the_mouse_holds_the_button(rig: Rig) -> None:
    rig.session.may_talk = True
    await rig.pilot.mouse_down(TalkButton)
    await rig.until(lambda: "LET GO TO MUTE" in rig.text("PhoneBar"))
    await rig.until(lambda: rig.handset.told == ["listen 00000001 on", "step talk"])
    await rig.pilot.mouse_up("#streams")
    await rig.until(lambda: rig.handset.told[-1] == "mute")
    assert not rig.session.phone.on_air


async def test_a_terminal_that_loses_the_keyboard_lets_go_of_the_button(rig: Rig) -> None:
    rig.session.may_talk = True
    await rig.pilot.mouse_down(TalkButton)
    await rig.until(lambda: rig.session.phone.on_air)
    rig.app.post_message(AppBlur())
    await rig.until(lambda: rig.handset.told[-1] == "mute")


async def test_a_phone_that_starts_slowly_does_not_go_on_air_after_the_button_was_let_go(rig: Rig) -> None:
    rig.session.may_talk = True
    started = asyncio.Event()
    listen = rig.handset.listen

    async def slowly(stream_id: str, on: bool) -> None:
        await started.wait()
        await listen(stream_id, on)

    rig.handset.listen = slowly
    await rig.pilot.mouse_down(TalkButton)
    await rig.pilot.mouse_up(TalkButton)
    started.set()
    await rig.until(lambda: rig.handset.told == ["listen 00000001 on", "step talk", "mute"])


async def test_the_button_asks_the_first_time(rig: Rig) -> None:
    await rig.pilot.mouse_down(TalkButton)
    await rig.until(lambda: isinstance(rig.app.screen, Dialog))
    assert rig.app.mouse_captured is None
    await rig.press("n")
    assert rig.handset.told == []


async def test_on_air_is_seen_above_and_below(rig: Rig) -> None:
    rig.handset.become(listening=True, mode="talk", on_air=True, stream_id=FIRST.stream_id)
    await rig.until(lambda: "ON AIR" in rig.text("PhoneBar") and "ON AIR" in rig.text("TopBar"))
    assert not rig.app.screen.query_one(TalkButton).display
    rig.handset.become(mode=None, on_air=False)
    await rig.until(lambda: "ON AIR" not in rig.text())


async def test_why_the_microphone_was_muted_is_told(rig: Rig) -> None:
    rig.handset.become(listening=True, mode="talk", on_air=True, stream_id=FIRST.stream_id)
    rig.handset.become(mode=None, on_air=False, muted_because="you said nothing for 120 s")
    await rig.says("Your microphone was muted: you said nothing for 120 s.")
    await rig.until(lambda: "MUTED: you said nothing for 120 s" in rig.text("PhoneBar"))
    rig.handset.become(mode="talk", on_air=True, muted_because="")
    await rig.until(lambda: "MUTED:" not in rig.text("PhoneBar"))


async def test_a_phone_that_dies_while_on_air_is_told(rig: Rig) -> None:
    rig.handset.become(running=True, listening=True, mode="takeover", on_air=True, stream_id=FIRST.stream_id)
    rig.handset.become(running=False, listening=False, mode=None, on_air=False, problem="The phone stopped.")
    await rig.says("The phone stopped.")


FIGURES = {
    "depth_ms": 41,
    "target_ms": 60,
    "concealed_ms": 320,
    "concealed_percent": 0.4,
    "shortened_ms": 40,
    "lengthened_ms": 20,
    "underruns": 2,
    "echo": "cancelled",
    "gain_db": 6.0,
    "caller_volume_db": -3.0,
    "stereo": True,
}


async def test_there_is_room_for_all_figures_of_the_sound(rig: Rig) -> None:
    await rig.press("l")
    rig.handset.become(**FIGURES)
    await rig.until(lambda: "stereo" in rig.text("PhoneBar"))
    for words in (
        "delay 41 ms (target 60)",
        "concealed 0.4 % (320 ms)",
        "cut 40 ms, added 20 ms",
        "2 underruns",
        "echo cancelled",
        "mic +6 dB",
        "caller -3 dB",
    ):
        assert words in rig.text("PhoneBar")


async def test_on_80_columns_the_most_important_figures_fit(bridge: FakeBridge) -> None:
    async with running(bridge, (80, 24)) as rig:
        await rig.press("l")
        rig.handset.become(**FIGURES)
        await rig.until(lambda: "41/60 ms · 0.4 %" in rig.text("PhoneBar"))
        assert rig.app.screen.query_one("PhoneBar").size.height == 2
