"""The kinds of sources a configuration may name. A new adapter is one folder and one word here."""

from firmware_bridge.http_push.http_push import HttpPush
from firmware_bridge.modbus.modbus import Modbus
from firmware_bridge.mqtt_topics.mqtt_topics import MqttTopics
from firmware_bridge.one_wire.one_wire import OneWire
from firmware_bridge.pulses.pulses import Pulses
from firmware_bridge.serial_lines.serial_lines import SerialLines
from firmware_bridge.simulated.simulated import Simulated
from firmware_bridge.thingspeak.thingspeak import ThingSpeak
from firmware_bridge.thingspeak_door.door import ThingSpeakDoor
from firmware_bridge.thingspeak_export.thingspeak_export import ThingSpeakExport

AnySource = (
    HttpPush
    | Modbus
    | MqttTopics
    | OneWire
    | Pulses
    | SerialLines
    | Simulated
    | ThingSpeak
    | ThingSpeakDoor
    | ThingSpeakExport
)
