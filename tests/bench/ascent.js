// One ascent step, in the order that our own engine computes it.

const RATE_END = 1e-10;
const DECAY = 0.99;
const DEVIATIONS = 3;

/** d activation / d code in two ways; each maps code [1, units] to {activation, image, gradient}. */
export const PATHS = {
  /** TensorFlow.js records the operations and derives the gradient. */
  tape: (generator, classifier, unit) => {
    return (code) => {
      let kept;
      const activationOf = tf.valueAndGrad((y) => {
        // What is made in here is freed at its end unless it is kept.
        const image = (kept = tf.keep(generator.traced(y)));
        const logits = classifier.traced(tf.clipByValue(image, -1, 1));
        return tf.reshape(tf.slice(logits, [0, unit], [1, 1]), []);
      });
      const { value, grad } = activationOf(code);
      const image = tf.clone(kept);
      kept.dispose();
      return { activation: value, image, gradient: grad };
    };
  },
  /** Fused operations forward, the gradient written out. */
  explicit: (generator, classifier, unit, classes) => {
    // Not tf.oneHot: on the wasm backend its result is a float tensor that holds the bits of integers.
    const chosen = tf.keep(tf.tensor2d([Array.from({ length: classes }, (_, c) => (c === unit ? 1 : 0))]));
    return (code) => {
      const drawn = generator.forward(code);
      const seen = classifier.forward(tf.clipByValue(drawn.image, -1, 1));
      const dSeen = classifier.backward(chosen, seen.saved);
      const inside = tf.step(tf.sub(1, tf.abs(drawn.image)));
      const gradient = generator.backward(tf.mul(dSeen, inside), drawn.saved);
      return { activation: tf.slice(seen.logits, [0, unit], [1, 1]), image: drawn.image, gradient };
    };
  },
};

/** Codes stay in [0, mean + 3 std]. */
export const boundOf = (mean, deviation) => tf.keep(tf.add(mean, tf.mul(deviation, DEVIATIONS)));

/**
 * Step `t` of `steps` from `code`, the step size falling from `start`: the next code, and one tensor to read back that holds the activation, the
 * gradient's mean magnitude and the image, in this order.
 */
export function step(differentiate, code, bound, start, t, steps) {
  const rate = start + ((RATE_END - start) * t) / steps;
  return tf.tidy(() => {
    const { activation, image, gradient } = differentiate(code);
    const magnitude = tf.mean(tf.abs(gradient));
    const climbed = tf.add(code, tf.mul(gradient, tf.div(rate, magnitude)));
    const next = tf.mul(tf.minimum(tf.relu(climbed), bound), DECAY);
    const report = tf.concat([activation, magnitude, image].map((part) => tf.reshape(part, [-1])));
    return { next, report };
  });
}
