"""Messages in Hindi. An SMS of it has 134 characters in its two parts: what a subject needs stands first."""

from cloud.alerting.item import What
from cloud.alerting.languages.words import Words
from protocol.rule import Severity

_MEASURE_AGAIN = "परीक्षण किट से दोबारा जाँचें; प्रयोगशाला में जाँच कराएँ; बना रहे तो दूसरे स्रोत का पानी लें।"
_LOOK_AT_SENSOR = "देखें कि सेंसर में बिजली आ रही है और उसका तार सही है; उसका गेटवे ऑनलाइन है।"

_NAMES = {
    "gateway offline": "गेटवे ऑफ़लाइन",
    "gateways offline": "कई गेटवे ऑफ़लाइन",
    "Tank low": "टंकी में पानी कम",
    "Tank about to overflow": "टंकी भरकर बहने वाली है",
    "Leak: water flows all night": "रिसाव: रात भर बहाव",
    "Flow too high: burst pipe?": "बहाव तेज़: पाइप फटा?",
    "Borewell: pump about to run dry": "बोरवेल: पंप सूखने को",
    "Tank sensor silent": "टंकी का सेंसर चुप",
    "Flow meter silent": "फ्लो मीटर चुप",
    "TDS sensor silent": "टीडीएस सेंसर चुप",
    "Battery low": "बैटरी कम",
    "pH too low": "पीएच बहुत कम",
    "pH too high": "पीएच बहुत अधिक",
    "Too little chlorine": "क्लोरीन बहुत कम",
    "Too much chlorine": "क्लोरीन बहुत अधिक",
    "Dissolved solids": "घुले ठोस पदार्थ (टीडीएस)",
    "Turbidity": "पानी का गंदलापन",
    "Hardness": "पानी की कठोरता",
    "Iron": "आयरन (लोहा)",
    "Fluoride": "फ्लोराइड",
    "Nitrate": "नाइट्रेट",
}

_ADVICE = {
    "Start the pump, or find out why it does not fill; tell people that water runs short.": (
        "पंप चालू करें, या पता करें कि टंकी क्यों नहीं भर रही; लोगों को बताएँ कि पानी कम है।"
    ),
    "Stop the pump; look at its float switch.": "पंप बंद करें; उसका फ्लोट स्विच देखें।",
    "Look for open taps and wet ground; close the valves one by one at night to find the pipe.": (
        "खुले नल और गीली ज़मीन देखें; पाइप खोजने के लिए रात में एक-एक करके वाल्व बंद करें।"
    ),
    "Close the valve; look for a burst pipe.": "वाल्व बंद करें; फटा पाइप खोजें।",
    "Stop the pump until the water has risen.": "पानी ऊपर आने तक पंप बंद रखें।",
    "Look whether the sensor has power and its cable is whole; its gateway is online.": _LOOK_AT_SENSOR,
    "Look at the solar panel and the charger; change the battery before it is empty.": (
        "सोलर पैनल और चार्जर देखें; बैटरी ख़त्म होने से पहले बदलें।"
    ),
    "Measure again with a test kit; have a laboratory look at it; take another source if it stays.": (
        _MEASURE_AGAIN
    ),
    "Measure again with a test kit; look at the dosing.": "परीक्षण किट से दोबारा जाँचें; डोज़िंग देखें।",
    "Look at the chlorine stock and the dosing pump; measure again at a tap.": (
        "क्लोरीन का भंडार और डोज़िंग पंप देखें; नल पर दोबारा जाँचें।"
    ),
    "Lower the dosing; measure again at a tap; above 5 mg/L nobody should drink it.": (
        "डोज़िंग घटाएँ; नल पर दोबारा जाँचें; 5 mg/L से ऊपर यह पानी कोई न पिए।"
    ),
    "Give infants no such water; have a laboratory look at it.": (
        "शिशुओं को यह पानी न दें; प्रयोगशाला में जाँच कराएँ।"
    ),
}

HINDI = Words(
    months=("जन॰", "फ़र॰", "मार्च", "अप्रैल", "मई", "जून", "जुल॰", "अग॰", "सित॰", "अक्टू॰", "नव॰", "दिस॰"),
    severities={Severity.INFO: "सूचना", Severity.WARNING: "चेतावनी", Severity.CRITICAL: "गंभीर"},
    news={
        What.FIRES: "{severity}: {name}",
        What.ROSE: "अब {severity}: {name}",
        What.STILL_FIRES: "अब भी {severity}: {name}",
        What.ENDED: "समाप्त: {name}",
    },
    limited="{value} (सीमा {limit})",
    since="{time} से",
    ended="{time} पर समाप्त",
    and_more="और {count} अन्य",
    says_value="मान {value}।",
    says_limit="मान {value}, सीमा {limit}।",
    says_since="{time} से।",
    says_ended="{time} पर समाप्त।",
    says_more="... और {count} अन्य।",
    sites="{count} स्थान",
    alerts=("1 अलर्ट", "{count} अलर्ट"),
    over_meanwhile="इस बीच {alerts} समाप्त, {open} अब भी जारी",
    missed="{span} तक यहाँ आप तक कोई संदेश नहीं पहुँच सका। इस बीच {alerts} समाप्त:",
    still_open="{alerts} अब भी जारी: हर एक का अलग संदेश आएगा।",
    none_open="कोई अलर्ट जारी नहीं है।",
    minutes="{minutes} मिनट",
    hours="{hours} घंटे {minutes} मिनट",
    test_subject="Evara: परीक्षण संदेश",
    test_text="{person}, अलर्ट आपको यहाँ मिलेंगे।",
    ours=_NAMES | _ADVICE,
)
