// Passkeys: a form's button asks the server for a challenge, the browser for its answer, and sends the form with it.

const bytes = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const named = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

class Told extends Error {}

async function challenge(form) {
  const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
  const answer = await fetch(form.dataset.challenge, { method: "POST", body, headers: { Accept: "application/json" } });
  const sent = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Told(sent.message ?? "The server did not answer. Nothing was changed; try again.");
  return { ...sent, challenge: bytes(sent.challenge) };
}

async function made(form) {
  const asked = await challenge(form);
  const publicKey = {
    ...asked,
    user: { ...asked.user, id: bytes(asked.user.id) },
    excludeCredentials: named(asked.excludeCredentials),
  };
  const key = await navigator.credentials.create({ publicKey });
  return {
    id: key.id,
    rawId: text(key.rawId),
    type: key.type,
    response: {
      clientDataJSON: text(key.response.clientDataJSON),
      attestationObject: text(key.response.attestationObject),
      transports: key.response.getTransports?.() ?? [],
    },
  };
}

async function used(form) {
  const asked = await challenge(form);
  const key = await navigator.credentials.get({
    publicKey: { ...asked, allowCredentials: named(asked.allowCredentials) },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = key.response;
  return {
    id: key.id,
    rawId: text(key.rawId),
    type: key.type,
    response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    },
  };
}

function tell(form, error) {
  const place = form.querySelector("[role=alert]");
  place.hidden = false;
  place.textContent =
    error instanceof Told ? error.message : "No passkey was used. Try again, or use another way. Nothing was changed.";
}

function attach(form) {
  form.hidden = false;
  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    try {
      form.elements.answer.value = JSON.stringify(await (form.dataset.passkey === "make" ? made(form) : used(form)));
      form.submit();
    } catch (error) {
      tell(form, error);
      busy = false;
    }
  });
}

if (globalThis.PublicKeyCredential && navigator.credentials) {
  document.querySelectorAll("form[data-passkey]").forEach(attach);
}
