/* In the pages of script/bench media, before their own scripts: who hears what when. */

const openMicrophone = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
const bench = { onsets: {}, context: null, microphone: null, direct: null, clickedAt: 0 };
navigator.mediaDevices.getUserMedia = async ({ audio }) => {
  /* A beep is just what noise suppression is made to take away. */
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  bench.microphone = await openMicrophone({ audio: { ...audio, ...plain } });
  return bench.microphone;
};
bench.prepare = async () => {
  bench.context = new AudioContext({ latencyHint: 0 });
  await bench.context.audioWorklet.addModule("/static/onsets.js");
  return bench.context.baseLatency * 1000;
};
bench.watch = (name, stream, first = false) => {
  const onsets = new AudioWorkletNode(bench.context, "onsets", { processorOptions: { first } });
  bench.onsets[name] = [];
  onsets.port.onmessage = ({ data }) => bench.onsets[name].push(data);
  bench.context.createMediaStreamSource(stream).connect(onsets);
  /* Without a way to the loudspeakers it would not run; it writes nothing there. */
  onsets.connect(bench.context.destination);
};
bench.down = () => document.querySelector("audio[data-down]");
bench.gathered = (connection) =>
  new Promise((resolve) => {
    connection.onicecandidate = ({ candidate }) =>
      candidate || resolve(connection.localDescription.sdp);
  });
bench.offerDirect = async () => {
  bench.direct = new RTCPeerConnection();
  bench.direct.addTrack(bench.microphone.getAudioTracks()[0], bench.microphone);
  const gathered = bench.gathered(bench.direct);
  await bench.direct.setLocalDescription();
  return gathered;
};
bench.answerDirect = async (sdp) => {
  bench.direct = new RTCPeerConnection();
  bench.direct.ontrack = ({ track, receiver }) => {
    receiver.jitterBufferTarget = 0;
    /* A remote stream must play in an element before WebAudio receives it. */
    const element = new Audio();
    element.muted = true;
    element.srcObject = new MediaStream([track]);
    element.play();
    bench.watch("direct", element.srcObject);
  };
  await bench.direct.setRemoteDescription({ type: "offer", sdp });
  const gathered = bench.gathered(bench.direct);
  await bench.direct.setLocalDescription();
  return gathered;
};
bench.takeAnswer = (sdp) => bench.direct.setRemoteDescription({ type: "answer", sdp });
bench.awaitFirstSound = () => {
  const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  Object.defineProperty(bench.down(), "srcObject", {
    get,
    set(stream) {
      set.call(this, stream);
      if (stream && !bench.onsets.first) bench.watch("first", stream, true);
    },
  });
};
addEventListener(
  "click",
  ({ timeStamp }) => (bench.clickedAt ||= performance.timeOrigin + timeStamp),
  true,
);
window.bench = bench;
