import pytest, json, time
from tests.browser.listening import Ear
from tests.browser.steps import add_speaker, come_in, go_on_air

pytestmark = pytest.mark.browser
SPY = """
window.pcs=[]; const R=window.RTCPeerConnection; window.RTCPeerConnection=class extends R{constructor(...a){super(...a);window.pcs.push(this)}};
"""
STATS = """async()=>{const out=[];for(const p of window.pcs){const r={c:p.connectionState,s:[]};for(const x of (await p.getStats()).values()) if(['inbound-rtp','outbound-rtp','media-source'].includes(x.type)) r.s.push([x.type,x.packetsReceived??x.packetsSent,x.totalAudioEnergy,x.audioLevel,x.concealedSamples,x.totalSamplesReceived]);out.push(r)}return [out, window.ear?.contextState?.(), document.querySelector('.controls').dataset, [...document.querySelectorAll("[data-toast-text]")].map((toast) => toast.textContent)]}"""


@pytest.mark.parametrize("n", range(5))
def test_dbg(people, space, n):
    add_speaker(space)
    host = people.open("hana", microphone_hz=440)
    host.add_init_script(SPY)
    from tests.browser.steps import enter, open_microphone

    enter(host, space)
    open_microphone(host)
    listener = people.visit()
    listener.add_init_script(SPY)
    enter(listener, space)
    ear = Ear(listener)
    try:
        ear.wait_for(440, 5000)
        print(n, "OK")
    except AssertionError as e:
        print(n, "FAIL", str(e)[-200:])
        for i in range(2):
            print("HOST", json.dumps(host.evaluate(STATS)))
            print("LIST", json.dumps(listener.evaluate(STATS)))
            time.sleep(1)
        print(people.stack.tail("media", 1500))
