/**
 * measureLevel tells, ten times a second, how loud a microphone is: 0 is silence, 1 as loud as can be. Where the browser gives it no
 * sound, it tells nothing. It gives what ends that.
 */
export function measureLevel(microphone: MediaStream, each: (level: number) => void): () => void {
  if (typeof AudioContext === "undefined") return () => undefined;
  const context = new AudioContext();
  void context.resume(); // one that is made after the click waits
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  context.createMediaStreamSource(microphone).connect(analyser);
  const wave = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(wave);
    const power = wave.reduce((sum, x) => sum + x * x, 0) / wave.length;
    if (power > 0) each(Math.min(1, Math.max(0, 1 + Math.log10(power) / 6))); // -60 dB and less is silence
  }, 100);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
