"""What a page hears, measured in the page with WebAudio."""

from playwright.sync_api import Page, TimeoutError

# A remote stream must play in an element before WebAudio receives it; the page's own one does.
_INSTALL = """
() => {
  if (window.ear) return;
  const element = document.querySelector("audio[data-down]");
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  analyser.smoothingTimeConstant = 0;
  const ear = { stream: null, source: null };
  const follow = () => {
    if (element.srcObject === ear.stream) return;
    ear.stream = element.srcObject;
    ear.source?.disconnect();
    ear.source = ear.stream && context.createMediaStreamSource(ear.stream);
    ear.source?.connect(analyser);
  };
  const bins = new Float32Array(analyser.frequencyBinCount);
  const wave = new Float32Array(analyser.fftSize);
  ear.level = (hz) => {
    follow();
    analyser.getFloatFrequencyData(bins);
    const bin = Math.round((hz * analyser.fftSize) / context.sampleRate);
    return Math.max(...bins.slice(bin - 2, bin + 3));
  };
  ear.loudness = () => {
    follow();
    analyser.getFloatTimeDomainData(wave);
    /* The newest 20 ms only: the window would remember a sound that has stopped. */
    const recent = wave.slice(-960);
    return 10 * Math.log10(recent.reduce((sum, x) => sum + x * x, 0) / recent.length + 1e-12);
  };
  ear.ready = context.resume();
  window.ear = ear;
}
"""

_DESCRIBE = """
() => ({
  loudness: window.ear.loudness(),
  sound: document.querySelector(".controls")?.dataset.sound,
  paused: document.querySelector("audio[data-down]").paused,
  stage: [...document.querySelectorAll(".tile[data-person]")].map((t) => t.dataset.microphone),
  toasts: [...document.querySelectorAll("[data-toast-text]")].map((toast) => toast.textContent),
})
"""

# A 0.4 full-scale tone reads about −14 in its own bin; a room without it, below −90.
PRESENT_DB = -40
SILENT_DB = -60


class Ear:
    def __init__(self, page: Page) -> None:
        self.page = page
        page.evaluate(_INSTALL)

    def level(self, frequency_hz: float) -> float:
        """dBFS of one frequency's bin."""
        return self.page.evaluate("hz => window.ear.level(hz)", frequency_hz)

    def wait_for(self, frequency_hz: float, timeout_ms: float = 10_000) -> None:
        self._wait(
            "([hz, least]) => window.ear.level(hz) > least", [frequency_hz, PRESENT_DB], timeout_ms
        )

    def wait_for_sound(self, timeout_ms: float = 10_000) -> None:
        self._wait("least => window.ear.loudness() > least", PRESENT_DB, timeout_ms)

    def wait_for_silence(self, timeout_ms: float = 10_000) -> None:
        self._wait("most => window.ear.loudness() < most", SILENT_DB, timeout_ms)

    def _wait(self, condition: str, argument: object, timeout_ms: float) -> None:
        try:
            self.page.wait_for_function(condition, arg=argument, timeout=timeout_ms, polling=20)
        except TimeoutError as error:
            state = self.page.evaluate(_DESCRIBE)
            raise AssertionError(f"{condition} with {argument} never came true: {state}") from error

    def hears(self, frequency_hz: float) -> bool:
        return self.level(frequency_hz) > PRESENT_DB

    def start_watching(self) -> None:
        """Note the loudness every 50 ms from now on."""
        self.page.evaluate(
            "() => { window.heard = []; "
            "window.watching = setInterval(() => window.heard.push(window.ear.loudness()), 50); }"
        )

    def stop_watching(self) -> list[float]:
        """dBFS of each moment since `start_watching`."""
        return self.page.evaluate("() => { clearInterval(window.watching); return window.heard; }")
