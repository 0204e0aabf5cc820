"""What `yuheng.content.check` looks at, one kind of content per file."""
