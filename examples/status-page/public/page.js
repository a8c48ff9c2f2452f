const everyMs = 2_000;
const symbols = { ok: '✓', failing: '!', unreachable: '✕' };
const words = { ok: 'Healthy', failing: 'Failing', unreachable: 'Unreachable' };

/** Makes an element; text goes in as text, never as markup. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function summaryOf(places) {
  if (places.length === 0) return 'No place is configured. Set STATUS_PLACES.';
  const bad = places.filter((one) => one.health !== 'ok');
  if (bad.length === 0) return `All ${places.length} places are healthy.`;
  const names = bad.map((one) => `${one.application} on ${one.target}`).join(', ');
  return `${bad.length} of ${places.length} places need a look: ${names}.`;
}

function mixOf(recent) {
  if (recent.length < 2) return [];
  const text = recent.map((one) => `${one.version}: ${Math.round(one.share * 100)} %`).join(', ');
  const bars = recent.map((one) => {
    const bar = element('span', { class: 'share' });
    bar.style.flexGrow = String(one.share);
    return bar;
  });
  return [
    element(
      'div',
      { class: 'mix', role: 'img', 'aria-label': `Versions seen lately: ${text}` },
      ...bars,
    ),
    element('p', { class: 'quiet', 'aria-hidden': 'true' }, text),
  ];
}

function fact(name, value) {
  return [element('dt', {}, name), element('dd', { title: value }, value)];
}

function cardOf(place) {
  const facts = [
    ...fact('Commit', place.commit?.slice(0, 12) ?? '–'),
    ...fact('Release', place.release ?? '–'),
    ...fact('Answer', place.milliseconds === null ? '–' : `${place.milliseconds} ms`),
  ];
  return element(
    'li',
    { class: `card ${place.health}` },
    element(
      'div',
      { class: 'head' },
      element(
        'h3',
        {},
        element('a', { href: place.url }, `${place.application}`),
        ` on ${place.target}`,
      ),
      element(
        'span',
        { class: 'health' },
        element('span', { 'aria-hidden': 'true' }, `${symbols[place.health]} `),
        words[place.health],
      ),
    ),
    element('p', { class: 'version' }, place.version ?? '–'),
    ...(place.because ? [element('p', { class: 'because' }, place.because)] : []),
    ...mixOf(place.recent),
    element('dl', {}, ...facts),
  );
}

function environmentOf(name, places) {
  const id = `environment-${name}`;
  return element(
    'section',
    { 'aria-labelledby': id },
    element('h2', { id }, name),
    element('ul', { class: 'cards' }, ...places.map(cardOf)),
  );
}

/** Sets text only when it is new, so that a screen reader speaks up only when something changed. */
function say(id, text) {
  const place = document.getElementById(id);
  if (place && place.textContent !== text) place.textContent = text;
}

const shown = { text: '' };

function show(status) {
  say('summary', summaryOf(status.places));
  say('at', new Date(status.at).toLocaleTimeString());
  document.title = `${status.places.every((one) => one.health === 'ok') ? '' : '! '}What runs where`;
  const text = JSON.stringify(status.places.map((one) => ({ ...one, milliseconds: 0 })));
  // Redrawing what did not change would take the keyboard's focus away.
  if (text === shown.text) return;
  shown.text = text;
  const focused = document.activeElement?.getAttribute('href');
  const names = [...new Set(status.places.map((one) => one.environment))];
  document.getElementById('environments')?.replaceChildren(
    ...names.map((name) =>
      environmentOf(
        name,
        status.places.filter((one) => one.environment === name),
      ),
    ),
  );
  if (focused) document.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
}

async function refresh() {
  try {
    const answer = await fetch('status.json', { signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new Error(`status.json answers ${answer.status}`);
    show(await answer.json());
  } catch {
    say('summary', 'This page cannot reach its own server; what is shown may be old.');
  }
  setTimeout(refresh, everyMs);
}

refresh();
