"""The kinds of sources a configuration may name. A new adapter is one module and one word here."""

from firmware_bridge.simulated import Simulated
from firmware_bridge.thingspeak import ThingSpeak
from firmware_bridge.thingspeak_export import ThingSpeakExport

AnySource = Simulated | ThingSpeak | ThingSpeakExport
