#!/bin/sh
# Makes the callers' speech: our own sentences, spoken by espeak-ng and brought to telephone band and level by sox.
# The first part of a file's name is who speaks. Needs: apt install espeak-ng sox
set -eu
cd "$(dirname "$0")"

say() { # FILE VOICE WORDS-A-MINUTE SENTENCE
    espeak-ng -v "$2" -s "$3" --stdout "$4" |
        sox -q -t wav - -r 8000 -c 1 -b 16 "$1.wav" \
            gain -9 silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse highpass 200
    # -23 dBFS RMS over the whole file, the gaps between words included, is about -20 dBFS while speaking.
    gain=$(sox "$1.wav" -n stats 2>&1 | awk '/^RMS lev dB/ { print -23 - $4 }')
    sox -q -D "$1.wav" level.wav gain "$gain"
    mv level.wav "$1.wav"
}

say emma-1 en-gb+f2 165 "Hello, I'd like to change my booking for Friday, please."
say emma-2 en-gb+f2 165 "The reference is seven four one, delta. It's for two people."
say jack-1 en-us+m3 170 "Hi. My parcel was due on Monday and it still hasn't come."
say jack-2 en-us+m3 170 "No, nobody rang, and there was no card in the door."
say ruth-1 en-us+f4 160 "Good morning. I have a question about my last invoice."
say ruth-2 en-us+f4 160 "It says forty two dollars, but I was told thirty."
say omar-1 en-gb+m7 165 "Hello? Our internet has been down since about nine this morning."
say omar-2 en-gb+m7 165 "Yes, I switched the router off and on again. Twice."
say sam-1 en-us+f3 165 "Thank you for calling. How can I help you today?"
say sam-2 en-us+f3 165 "I see. Let me look that up for you, one moment."
say sam-3 en-us+f3 165 "All right, I have put that into the system for you."
say echo-1 en-gb+m1 155 "This is the echo test. Whatever you say, I say back to you."
