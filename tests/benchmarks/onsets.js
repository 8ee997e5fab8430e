/* Loud after half a second of quiet is an onset; `first` takes the first loud sample of all. */

const LOUD = 0.05;
class Onsets extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.quiet = processorOptions.first ? Infinity : 0;
  }
  process([[samples = []]]) {
    for (const sample of samples) {
      if (Math.abs(sample) < LOUD) this.quiet += 1;
      else {
        if (this.quiet >= sampleRate / 2) this.port.postMessage(Date.now());
        this.quiet = 0;
      }
    }
    return true;
  }
}
registerProcessor("onsets", Onsets);
