// Adds a button to each password field that shows what is being typed. Without this script the
// fields work as they are.
"use strict";
for (const field of document.querySelectorAll("input[data-show]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal";
  button.setAttribute("aria-controls", field.id);
  const paint = () => {
    const shown = field.type === "text";
    button.textContent = shown ? field.dataset.hide : field.dataset.show;
    button.setAttribute("aria-pressed", String(shown));
  };
  button.addEventListener("click", () => {
    field.type = field.type === "password" ? "text" : "password";
    paint();
    field.focus();
  });
  // What was shown must not stay in the browser's list of typed texts.
  field.form?.addEventListener("submit", () => { field.type = "password"; });
  paint();
  field.after(button);
}
