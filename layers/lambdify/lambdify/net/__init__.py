"""Requests to addresses that users chose: `guard` says where they may go, `http` sends them."""
