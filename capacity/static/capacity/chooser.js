// A chooser whose later choices depend on the earlier ones: choosing asks anew, and leaves the later ones to the server.
//
//   <form method="get" data-chooser> <select …> <select …> … </form>
//
// Without this script the button of the form does the same in more steps.
"use strict";
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-chooser]");
  if (!form) return;
  const selects = Array.from(form.querySelectorAll("select"));
  for (const later of selects.slice(selects.indexOf(event.target) + 1)) later.disabled = true;
  form.submit();
});
